"""Phone numbers on a page: masked until somebody who may see them asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

# shorter than this, hiding a number inside a text would hide ages and prices
SHORTEST = 7
# what people ring up in China: a mobile or an area code with its number
RUNG_UP = re.compile(r"(?<!\d)(?:86)?(?:1[3-9]\d{9}|0\d{9,11})(?!\d)")
# how a digit may be written in what somebody said, and what may stand between two of them
DIGITS = {
    "0": "0０零〇",
    "1": "1１一幺",
    "2": "2２二两",
    "3": "3３三",
    "4": "4４四",
    "5": "5５五",
    "6": "6６六",
    "7": "7７七",
    "8": "8８八",
    "9": "9９九",
}
APART = r"[\s\-‐-―－.,，、。]"
BETWEEN = APART + "{0,2}"
# every digit as itself, and nothing between two of them
PLAIN = str.maketrans(
    {sign: digit for digit, signs in DIGITS.items() for sign in signs}
    | dict.fromkeys(re.findall(APART, "".join(map(chr, range(0x3003))) + "－，"))
)
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
        hidden = [] if may_see else sorted(_spellings(whole), key=len, reverse=True)
        self._hidden = [(number, number.translate(PLAIN)) for number in hidden]

    def show(self, number: str) -> str:
        return number if self.is_shown else mask(number)

    def hide(self, text: str) -> str:
        """Free text without the numbers: they turn up in variables, complaints and what people say, digit by digit."""
        if not self._hidden or len(text) < SHORTEST:
            return text
        plain = text.translate(PLAIN)
        for number, digits in self._hidden:
            # making a pattern takes two milliseconds: an export has a number of its own in every row
            if digits in plain:
                text = _said(number).sub(mask(number), text)
        return text


def _said(number: str) -> re.Pattern[str]:
    """The number as digits or as words, in one piece or in groups."""
    return re.compile(BETWEEN.join(f"[{DIGITS[sign]}]" if sign in DIGITS else re.escape(sign) for sign in number))


def _spellings(numbers: Iterable[str]) -> set[str]:
    whole = {number for number in numbers if "*" not in number}
    return {text for text in whole | {re.sub(r"\D", "", number) for number in whole} if len(text) >= SHORTEST}
