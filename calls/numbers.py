"""Phone numbers on a page: masked until somebody who may see them asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

# shorter than this, hiding a number inside a text would hide ages and prices
SHORTEST = 7
# what people ring up in China: a mobile or an area code with its number
RUNG_UP = re.compile(r"(?<!\d)(?:86)?(?:1[3-9]\d{9}|0\d{9,11})(?!\d)")
HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}", re.IGNORECASE)


def mask(number: str) -> str:
    """`138****5678`; what the vendor has masked already stays, a hash keeps its first eight characters."""
    if "*" in number:
        return number
    if HASH.fullmatch(number):
        return f"{number[:8]}…"
    if len(number) < SHORTEST:
        return "*" * len(number)
    kept = 3 if len(number) < 11 else 4
    return f"{number[:3]}{'*' * max(len(number) - 3 - kept, 1)}{number[-kept:]}"


def has_number(text: str) -> bool:
    """Whether somebody's phone number may stand in a text of which no call is known."""
    return RUNG_UP.search(text) is not None


def mask_all(text: str) -> str:
    """Such a text with its numbers masked."""
    return RUNG_UP.sub(lambda found: mask(found[0]), text)


class Numbers:
    """The numbers of one page, as this reader may see them."""

    def __init__(self, whole: Iterable[str], *, may_see: bool, is_shown: bool) -> None:
        self.may_see = may_see
        self.is_shown = may_see and is_shown
        self._hidden = [] if may_see else sorted(_spellings(whole), key=len, reverse=True)

    def show(self, number: str) -> str:
        return number if self.is_shown else mask(number)

    def hide(self, text: str) -> str:
        """Free text without the numbers: they turn up in variables, complaints and what people say."""
        for number in self._hidden:
            text = text.replace(number, mask(number))
        return text


def _spellings(numbers: Iterable[str]) -> set[str]:
    whole = {number for number in numbers if "*" not in number}
    return {text for text in whole | {re.sub(r"\D", "", number) for number in whole} if len(text) >= SHORTEST}
