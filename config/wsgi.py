from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What is loaded by now stays, and a page makes some ten thousand objects and drops them again. Looking through all of
# it every 700 objects took a fifth of the time of the list of calls.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
