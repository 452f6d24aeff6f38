"""The vendor's texts as values: JSON, JSON that is slightly broken, JSON inside JSON strings, and XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring as xml_from_string

# everything that a hostile or broken answer can make the readers below raise
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError, ParseError)

# A string that is never closed is matched to the end: looking for its end from every quote in it would take forever.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_CURLY = r"[“”](?:[^“”\\]++|\\.)*+(?:[“”]|\\?\Z)"
_MIXED = r'["“”](?:[^"“”\\]++|\\.)*+(?:["“”]|\\?\Z)'
_WIDE = r"(?P<wide>[：，；｛｝［］])"
_PHONE = r"(?<=[:：\s])(?P<phone>0\d{2,3}-[\d*]+)"
_STRAIGHT_PASS = re.compile(rf"(?P<string>{_STRING})|//[^\n]*|{_PHONE}", re.DOTALL)
_COMMA_PASS = re.compile(rf"(?P<string>{_STRING})|,(?=\s*+[}}\]])", re.DOTALL)
_CURLY_PASS = re.compile(rf"(?P<string>{_STRING})|(?P<curly>{_CURLY})|{_WIDE}", re.DOTALL)
_MIXED_PASS = re.compile(rf"(?P<string>(?!))|(?P<curly>{_MIXED})|{_WIDE}", re.DOTALL)
_NARROW = str.maketrans("：，；｛｝［］", ":,;{}[]")


def load_json(text: str) -> Any:
    """Strict JSON; a name said twice with different values is refused. ValueError or RecursionError otherwise."""
    return _STRICT.decode(text)


def load_sequence(text: str) -> tuple[list[tuple[Any, str]], str]:
    """Strict JSON values one after another, each with its own text, and the rest that is none."""
    values, at = [], 0
    while at < len(text):
        try:
            value, end = _STRICT.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append((value, text[at:end]))
        at = end + len(_BLANKS.match(text, end)[0])  # type: ignore[index]
    return values, text[at:]


def load_tolerantly(text: str) -> Any:
    """Strict JSON first; then without comments and trailing commas, bare phone numbers quoted; then curly quotes."""
    try:
        return load_json(text)
    except ValueError as error:
        if text.lstrip()[:1] not in {"{", "["}:
            raise
        first_error = error
    for candidate in _repairs(text):
        try:
            return _LOOSE.decode(candidate)
        except ValueError:
            continue
    raise first_error


def load_nested(value: Any) -> Any:
    """A value that may be JSON text holding the value, perhaps twice wrapped; `""` and `"null"` are None."""
    for _ in range(2):
        if not isinstance(value, str):
            break
        value = load_tolerantly(value) if value.strip() else None
    return value


def load_object(text: str) -> dict[str, Any]:
    """A whole answer, which is one object: XML when it starts like it, else JSON."""
    text = text.lstrip("\ufeff \t\r\n")
    value = load_xml(text) if text.startswith("<") else load_tolerantly(text)
    if not isinstance(value, dict):
        raise TypeError("it is no object")
    return value


def load_xml(text: str) -> dict[str, Any]:
    """The children of the root; repeated names become a list. HTML and document types are refused."""
    root = xml_from_string(text, forbid_dtd=True)
    value = _from_element(root)
    if not isinstance(value, dict) or root.tag.lower().endswith("html"):
        raise ValueError(f"<{root.tag}> is no answer of this API")
    return value


def canonical(value: Any) -> str:
    """The same text for the same content."""
    return _CANONICAL.encode(value)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        for name, member in pairs:
            if member != value[name]:
                raise ValueError(f"{name!r} is said twice, differently")
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_STRICT = json.JSONDecoder(object_pairs_hook=_unambiguous, parse_constant=_no_number)
# also takes line breaks inside strings
_LOOSE = json.JSONDecoder(object_pairs_hook=_unambiguous, parse_constant=_no_number, strict=False)
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_BLANKS = re.compile(r"[ \t\r\n]*")


def _repairs(text: str) -> Iterator[str]:
    """The text repaired more and more boldly."""
    yield (repaired := _repair(text))
    yield _closed(repaired)
    # The vendor's own page shows curly quotes, one opened straight and closed curly. In a text that can be read
    # without these two they are somebody's words.
    yield _repair(_CURLY_PASS.sub(_straightened, text))
    yield _repair(_MIXED_PASS.sub(_straightened, text))


def _repair(text: str) -> str:
    text = _STRAIGHT_PASS.sub(_repaired, text)
    return _COMMA_PASS.sub(lambda match: match["string"] or "", text)


def _repaired(match: re.Match[str]) -> str:
    if match["phone"]:
        return f'"{match["phone"]}"'
    return match["string"] or " "


def _straightened(match: re.Match[str]) -> str:
    if match["curly"]:
        return '"' + match["curly"][1:-1].replace('"', '\\"') + '"'
    return match["string"] or match["wide"].translate(_NARROW)


def _closed(text: str) -> str:
    # Seen in the 2019 pages: a list of objects whose closing bracket is missing.
    text = text.strip()
    return f"{text}]" if text.startswith("[") and text.endswith("}") else text


def _from_element(element: Element) -> Any:
    if len(element) == 0:
        return element.text
    value: dict[str, Any] = {}
    for child in element:
        inner = _from_element(child)
        if child.tag not in value:
            value[child.tag] = inner
        elif isinstance(value[child.tag], list):
            value[child.tag].append(inner)
        else:
            value[child.tag] = [value[child.tag], inner]
    return value
