"""What must be true before the first page: rows, static files, words and somebody who may log in."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from config import env, storage

FIRST_LOGIN = "admin"


def collect_static() -> None:
    """Hashed and compressed copies, made again only when a file, or how they are made, has changed since."""
    stamp = settings.STATIC_ROOT.with_name(f"{settings.STATIC_ROOT.name}.stamp")
    fingerprint = _static_fingerprint()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", clear=True, interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def make_first_login() -> str:
    """The password of the account just made, "" when there were accounts already or ADMIN_PASSWORD gave it."""
    if User.objects.exists():
        return ""
    given = env.text("ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    user = User.objects.create_superuser(FIRST_LOGIN, password=password)
    user.groups.add(*Group.objects.filter(name="Administrator"))
    return "" if given else password


def _static_fingerprint() -> str:
    digest = hashlib.sha256(Path(storage.__file__).read_bytes())
    for finder in get_finders():
        for name, place in finder.list([]):
            at = place.get_modified_time(name).timestamp()
            digest.update(f"{name} {place.size(name)} {at}\n".encode())
    return digest.hexdigest()
