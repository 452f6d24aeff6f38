"""Names of keys, as js/keys.js makes them of a press, and what is printed on the keys to press."""

from __future__ import annotations

import re
import unicodedata

MODIFIERS = {
    "Ctrl": re.compile(r"(?:(?:ctrl|control|cmd|command)(?=[\s+])|⌘)\s*\+?\s*", re.IGNORECASE),
    "Alt": re.compile(r"(?:(?:alt|option)(?=[\s+])|⌥)\s*\+?\s*", re.IGNORECASE),
    "Shift": re.compile(r"(?:shift(?=[\s+])|⇧)\s*\+?\s*", re.IGNORECASE),
}
# By their place, so that they are found where an input method prints another sign (【 for [).
SIGNS = {"/": "Slash", "?": "Shift+Slash", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash"}
DRAWN = {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Enter": "↵"}
WRITTEN = ("Space", "Backspace", "Delete", "Home", "End", "PageUp", "PageDown")
BY_WORD = {name.lower(): name for name in (*DRAWN, *WRITTEN)} | {cap: name for name, cap in DRAWN.items()}
PRINTED = DRAWN | {name: sign for sign, name in SIGNS.items()}


class NoKey(ValueError):
    """These words name no key."""


def caps_of(name: str) -> list[str]:
    """What is printed on the keys to press: `["Shift", "T"]` of `Shift+KeyT`; nothing for no key."""
    if not name or name in PRINTED:
        return [PRINTED[name]] if name else []
    modifiers, cap = re.fullmatch(r"((?:\w+\+)*)(.+)", name, re.ASCII).groups()  # type: ignore[union-attr]
    return [*modifiers.split("+")[:-1], PRINTED.get(cap, re.sub(r"^(?:Key|Digit)(?=.$)", "", cap))]


def read_key(text: str) -> str:
    """The name of the key that somebody wrote, "" for none. Raises NoKey."""
    rest = unicodedata.normalize("NFKC", text).strip()
    if not rest:
        return ""
    held: set[str] = set()
    while found := [(name, match) for name, sign in MODIFIERS.items() if (match := sign.match(rest))]:
        [(name, match)] = found
        held.add(name)
        rest = rest[match.end() :]
    cap = _read_cap(rest)
    if "Shift" in held and cap in {"Slash", "Shift+Slash"}:
        cap = SIGNS["?"]
    elif "Shift" in held:
        if not re.match(r"Key", cap) and cap not in BY_WORD.values():
            raise NoKey(text)  # with Shift another sign is printed on the key: that one is its name
        cap = f"Shift+{cap}"
    return "+".join([*(name for name in ("Ctrl", "Alt") if name in held), cap])


def _read_cap(cap: str) -> str:
    if re.fullmatch(r"[A-Za-z]", cap):
        return f"Key{cap.upper()}"
    if re.fullmatch(r"[0-9]", cap):
        return f"Digit{cap}"
    if re.fullmatch(r"[!-~]", cap):
        return SIGNS.get(cap, cap)
    if cap.lower() in BY_WORD:
        return BY_WORD[cap.lower()]
    raise NoKey(cap)
