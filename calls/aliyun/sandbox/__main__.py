import sys

from calls.aliyun.sandbox.cli import main

sys.exit(main())
