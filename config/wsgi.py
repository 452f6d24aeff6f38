from __future__ import annotations

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A new PostgreSQL connection reads the catalogue anew with its first statements, which takes longer than most pages.
# SQLite has nothing to connect to, and gives back the memory of what it read.
if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    settings.DATABASES["default"].setdefault("CONN_MAX_AGE", 60)

application = get_wsgi_application()

# What is loaded by now stays, and a page makes some ten thousand objects and drops them again. Looking through all of
# it every 700 objects took a fifth of the time of the list of calls.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
