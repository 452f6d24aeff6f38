"""The catalogue of translations, read and written with Babel: not every machine has gettext's programs.

English stands in the source. `update()` brings locale/zh_Hans up to the source and keeps every translation that still
has its original; `compile()` makes the .mo file that Django reads.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

LOCALE = "zh_Hans"
SOURCES = ("config", "calls", "reviews", "templates")
# Which arguments are the original, the plural and the context ("c").
_KEYWORDS: dict[str, Any] = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS = {"_": None, "gettext_noop": None, **_KEYWORDS, **{f"{name}_lazy": args for name, args in _KEYWORDS.items()}}
HEADER = f"""\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: {LOCALE}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def po_file() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / LOCALE / "LC_MESSAGES" / "django.po"


def from_source() -> Catalog:
    """Every string that the code and the templates ask to have translated."""
    catalog = Catalog()
    for path in _source_files():
        name = str(path.relative_to(settings.BASE_DIR))
        for _line, original, comments, context in extract("python", _as_python(path), KEYWORDS, ["Translators:"]):
            catalog.add(original, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def translated() -> Catalog:
    with po_file().open("rb") as file:
        return read_po(file, locale=LOCALE)


def update() -> Catalog:
    """New strings come in untranslated, strings that are gone go, all others stay as they are."""
    catalog = translated() if po_file().exists() else Catalog(locale=LOCALE)
    # No guessing: a translation taken over from a similar string reads well and is wrong.
    catalog.update(from_source(), no_fuzzy_matching=True)
    content = io.BytesIO()
    write_po(content, catalog, omit_header=True, sort_by_file=True, ignore_obsolete=True, include_lineno=False, width=0)
    po_file().parent.mkdir(parents=True, exist_ok=True)
    po_file().write_text(HEADER + content.getvalue().decode().strip() + "\n", encoding="utf-8")
    return translated()


def compile() -> None:
    """Only when the translations are newer; whole or not at all, as another process may be reading."""
    source, target = po_file(), po_file().with_suffix(".mo")
    if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
        return
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, translated())
    draft.replace(target)


def missing(catalog: Catalog) -> list[str]:
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not _is_whole(message.string))]


def _is_whole(translation: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(translation) if isinstance(translation, (tuple, list)) else bool(translation)


def _source_files() -> Iterator[Path]:
    for root in SOURCES:
        for path in sorted((settings.BASE_DIR / root).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _as_python(path: Path) -> io.BytesIO:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # templatize keeps the template's indentation, which means nothing here and something in Python.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    return io.BytesIO(text.encode())
