from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# As we write it: a sheet of our own beside the one that asks for it
IMPORT = re.compile(r'^@import url\("(?P<name>[\w-]+\.css)"\);$', re.MULTILINE)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed names, also for what our own ES modules import; a style sheet holds what it imports, since
    a first visit from far away would wait for one after the other.
    """

    support_js_module_import_aggregation = True
    # Only js/: Django's pattern also matches `import("../htmx")` in a comment of a script that django-htmx ships.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )

    def post_process(self, paths: Mapping[str, tuple[Storage, str]], *args: Any, **options: Any) -> Iterator[Any]:
        whole = {name: (_reader(name, storage), at) for name, (storage, at) in paths.items()}
        yield from super().post_process(whole, *args, **options)


class _Whole:
    """Where style sheets are read together with those they import."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, at: str) -> File[bytes]:
        return ContentFile(self._text(PurePosixPath(at)).encode())

    def _text(self, at: PurePosixPath) -> str:
        with self._storage.open(str(at)) as sheet:
            text = sheet.read().decode()
        return IMPORT.sub(lambda found: self._text(at.with_name(found["name"])), text)


def _reader(name: str, storage: Storage) -> Storage | _Whole:
    return _Whole(storage) if name.startswith("css/") and name.endswith(".css") else storage
