"""Where recordings are kept: what the environment asks for has to be possible."""

from __future__ import annotations

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured


def vet(storage: str, *, bucket: str, accel: str) -> None:
    if accel and not accel.startswith("/"):
        raise ImproperlyConfigured(f"RECORDING_ACCEL must begin with a slash, such as /protected/, not be {accel}")
    if storage != "s3":
        return
    if accel:
        raise ImproperlyConfigured("RECORDING_ACCEL names files of the local disk: not with RECORDING_STORAGE=s3")
    if not bucket:
        raise ImproperlyConfigured("RECORDING_STORAGE=s3 needs RECORDING_S3_BUCKET, the name of the bucket")
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured("RECORDING_STORAGE=s3 needs more packages: pip install -r requirements-s3.txt")
