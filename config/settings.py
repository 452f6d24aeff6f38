"""One settings file, driven by the environment (see .env.example), in the order of Django's documentation."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import databases, env, storing
from config.broker import broker_url, cache_url

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.directory("DATA_DIR", BASE_DIR / "var")

# ---- Core

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.kept_secret("SECRET_KEY", DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
WEB_HOST = env.text("WEB_HOST", "127.0.0.1")
WEB_PORT = env.port("WEB_PORT", 8000)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "calls",
    "reviews",
]

MIDDLEWARE = [
    "config.middleware.bodiless_head",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.kept_nowhere",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.login_required",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.wordy_refusal",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.context.surroundings",
            ]
        },
    }
]

# ---- Database

DATABASES = {"default": databases.tuned(env.database("DATABASE_URL", DATA_DIR / "earshot.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Cache and broker: one Redis, two databases of it

REDIS_URL = env.redis_url("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": cache_url(REDIS_URL, DATA_DIR)}
}
CELERY_BROKER_URL = broker_url(REDIS_URL, DATA_DIR)

# ---- Authentication and sessions

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "call_list"
LOGOUT_REDIRECT_URL = "login"
# Lock one name at one address, not a whole office behind one address, and let it go again.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
# Sessions live in the database, so that a flushed Redis logs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600

# ---- Security: HTTPS=1 says that a proxy in front speaks TLS

HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# Probes come from inside, without the proxy's header.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
# Whether other hosts of the domain speak HTTPS, for ever, is not this product's to promise (subdomains, preload).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ---- Language and time

LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
# For a reader whose browser asks for neither.
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", dict(LANGUAGES))
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# ---- Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "recordings"
EXPORT_ROOT = DATA_DIR / "exports"
RECORDING_STORAGE = env.choice("RECORDING_STORAGE", "local", ("local", "s3"))
# Where a proxy in front finds MEDIA_ROOT as an internal location; empty: Earshot sends the bytes itself.
RECORDING_ACCEL = env.text("RECORDING_ACCEL")
RECORDING_S3_ENDPOINT = env.origin("RECORDING_S3_ENDPOINT", "https://oss-cn-hangzhou.aliyuncs.com")
RECORDING_S3_REGION = env.text("RECORDING_S3_REGION", "cn-hangzhou")
RECORDING_S3_BUCKET = env.text("RECORDING_S3_BUCKET")
RECORDING_S3_PREFIX = env.text("RECORDING_S3_PREFIX")
RECORDING_S3_ACCESS_KEY_ID = env.text("RECORDING_S3_ACCESS_KEY_ID")
RECORDING_S3_ACCESS_KEY_SECRET = env.text("RECORDING_S3_ACCESS_KEY_SECRET")
RECORDING_S3_ADDRESSING = env.choice("RECORDING_S3_ADDRESSING", "virtual", ("virtual", "path"))
storing.vet(RECORDING_STORAGE, bucket=RECORDING_S3_BUCKET, accel=RECORDING_ACCEL)
STORAGES = {
    "default": {
        "BACKEND": "calls.recordings.bucket.Bucket"
        if RECORDING_STORAGE == "s3"
        else "django.core.files.storage.FileSystemStorage"
    },
    "staticfiles": {"BACKEND": "config.storage.StaticStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
# the editor of a scorecard sends every field of every criterion
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# ---- The vendor. Without an access key everything runs against the sandbox, and the pages say so.

ALIBABA_CLOUD_ACCESS_KEY_ID = env.text("ALIBABA_CLOUD_ACCESS_KEY_ID")
ALIBABA_CLOUD_ACCESS_KEY_SECRET = env.text("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
ALIBABA_CLOUD_SECURITY_TOKEN = env.text("ALIBABA_CLOUD_SECURITY_TOKEN")
DEMO = not ALIBABA_CLOUD_ACCESS_KEY_ID
if bool(ALIBABA_CLOUD_ACCESS_KEY_ID) != bool(ALIBABA_CLOUD_ACCESS_KEY_SECRET):
    raise ImproperlyConfigured(
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET belong together: "
        "set both, or neither for the demo"
    )
SANDBOX_PORT = env.port("SANDBOX_PORT", 8099)
SANDBOX_ACCESS_KEY = ("sandbox", "sandbox-secret")
_AICCS, _DYVMSAPI = "https://aiccs.aliyuncs.com", "https://dyvmsapi.aliyuncs.com"
AICCS_ENDPOINT = env.origin("AICCS_ENDPOINT", _AICCS)
DYVMSAPI_ENDPOINT = env.origin("DYVMSAPI_ENDPOINT", _DYVMSAPI)
if DEMO:
    # Whoever spells the defaults out, as .env.example does, has still no account to ask.
    _SANDBOX = f"http://127.0.0.1:{SANDBOX_PORT}"
    AICCS_ENDPOINT = _SANDBOX if AICCS_ENDPOINT == _AICCS else AICCS_ENDPOINT
    DYVMSAPI_ENDPOINT = _SANDBOX if DYVMSAPI_ENDPOINT == _DYVMSAPI else DYVMSAPI_ENDPOINT
# Suffixes of hosts that recordings may be fetched from. Loopback is only ever reached when it stands here by name.
RECORDING_HOSTS = env.words("RECORDING_HOSTS", ".aliyuncs.com,.aliyun-inc.com")
if DEMO:
    RECORDING_HOSTS = [*RECORDING_HOSTS, "127.0.0.1"]
# One recording at most; what takes longer is cut off by the worker's own limit (calls/models/nudging.py).
RECORDING_MAX_MB = env.number("RECORDING_MAX_MB", 200, least=1, most=4096)
RECORDING_MAX_SECONDS = env.number("RECORDING_MAX_SECONDS", 600, least=10, most=600)
# Calls per second and account. The vendor documents 100 for robot queries and nothing for the AI agent's.
AICCS_RATE = env.number("AICCS_RATE", 10, least=1)
DYVMSAPI_RATE = env.number("DYVMSAPI_RATE", 80, least=1)

# ---- Reviews

# How many working days a dispute may wait for its decision. Only weekends are free: no calendar of holidays is kept.
DISPUTE_DAYS = env.number("DISPUTE_DAYS", 3, least=0, most=90)

# ---- Workers, in seconds

# A worker that has not renewed its lease for this long counts as dead. Longer than the hard limit of one request.
JOB_LEASE = env.number("JOB_LEASE", 60, least=1)
# The pause before the second attempt; doubles with each one.
JOB_BACKOFF = env.number("JOB_BACKOFF", 2, least=0)
# How often due jobs go to the broker, how often lost ones are looked for, how often due calls and tasks are.
FEED_EVERY = env.number("FEED_EVERY", 2, least=1)
RECONCILE_EVERY = env.number("RECONCILE_EVERY", 10, least=1)
TICK_EVERY = env.number("TICK_EVERY", 15, least=1)
# Worker processes in all, one of them kept for people; when Redis is gone each keeps to its share of the rate.
WORKER_PROCESSES = env.number("WORKER_PROCESSES", 3, least=2)

# ---- Logs

# Calm: a line is something that somebody should look at.
LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # urllib3 logs the query at DEBUG, and the query carries a customer's number.
    "loggers": {"urllib3": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}
