"""Recordings in a bucket of OSS, or of any other service that speaks S3. Loaded only when it is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from storages.backends.s3 import S3Storage

from calls.recordings.by_link import ByLink

# A link lives as long as it takes to ask with it: we do that ourselves and at once.
LINK_LIVES = 60  # seconds


class Bucket(ByLink, S3Storage):  # type: ignore[misc]
    """A private bucket: nobody but this server ever sees a link to it."""

    def __init__(self) -> None:
        client = Config(
            signature_version="s3v4",
            s3={"addressing_style": settings.RECORDING_S3_ADDRESSING},
            # The checksums that boto3 adds since 1.36 are refused by services that are not Amazon's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
        )
        super().__init__(
            bucket_name=settings.RECORDING_S3_BUCKET,
            location=settings.RECORDING_S3_PREFIX,
            endpoint_url=settings.RECORDING_S3_ENDPOINT,
            region_name=settings.RECORDING_S3_REGION,
            # None: from where boto3 finds it, such as the role of the machine
            access_key=settings.RECORDING_S3_ACCESS_KEY_ID or None,
            secret_key=settings.RECORDING_S3_ACCESS_KEY_SECRET or None,
            client_config=client,
            default_acl=None,
            querystring_auth=True,
            querystring_expire=LINK_LIVES,
            file_overwrite=False,
        )

    def _save(self, name: str, content: Any) -> str:
        with _trouble_as_of_a_disk():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with _trouble_as_of_a_disk():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _trouble_as_of_a_disk():
            super().delete(name)


@contextmanager
def _trouble_as_of_a_disk() -> Iterator[None]:
    """Whoever stores knows OSError only. Without the message, which may name keys and links."""
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise OSError(f"The bucket refused: {type(error).__name__}") from error
