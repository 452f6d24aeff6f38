"""The one vendor account that the environment names."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from calls.aliyun import Account, Credentials


@cache
def the_account() -> Account:
    """One per process: it keeps its connections alive."""
    key_id, secret = settings.SANDBOX_ACCESS_KEY
    if not settings.DEMO:
        key_id, secret = settings.ALIBABA_CLOUD_ACCESS_KEY_ID, settings.ALIBABA_CLOUD_ACCESS_KEY_SECRET
    return Account(
        Credentials(key_id, secret, settings.ALIBABA_CLOUD_SECURITY_TOKEN),
        aiccs_endpoint=settings.AICCS_ENDPOINT,
        dyvmsapi_endpoint=settings.DYVMSAPI_ENDPOINT,
    )
