"""From the bytes of a file to text, or to a sentence that says what the file is instead."""

from __future__ import annotations

import codecs
import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.importing.rows import MOST_BYTES, Unreadable

WORKBOOK = gettext_lazy("This is a spreadsheet, not text. Save it as “CSV UTF-8” in the spreadsheet program first.")
ARCHIVE = gettext_lazy("This is a compressed file. Unpack it and choose the file inside.")
PICTURE = gettext_lazy("This is a picture or a document, not text. Choose a CSV, JSON or XML file.")
SOUND = gettext_lazy("This is a recording, not text. Choose a CSV, JSON or XML file.")
MAGIC: tuple[tuple[bytes, str | Promise], ...] = (
    (b"PK\x03\x04", WORKBOOK),
    (b"\xd0\xcf\x11\xe0", WORKBOOK),
    (b"\x1f\x8b", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"%PDF", PICTURE),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"RIFF", SOUND),
    (b"ID3", SOUND),
)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decoded(content: bytes) -> str:
    """The text, from UTF-8, UTF-16 with its mark, or GB 18030 (which GBK and GB 2312 are part of)."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 32 MB. Split it and add the parts one after the other."))
    for magic, sentence in MAGIC:
        if content.startswith(magic):
            raise Unreadable(str(sentence))
    text = _text(content)
    if not text.strip():
        raise Unreadable(_("The file is empty."))
    if found := CONTROLS.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(
            _("Line %(line)s holds characters that no text has. Choose a CSV, JSON or XML file.") % {"line": line}
        )
    return text


def _text(content: bytes) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The file is not text in UTF-8 or GBK. Save it as “CSV UTF-8” first."))
