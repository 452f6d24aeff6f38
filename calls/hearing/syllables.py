"""How long a text takes to say, in syllables."""

from __future__ import annotations

import re

# What a voice pauses at.
CLAUSE_ENDS = re.compile(r"[，。！？；：、…,.!?;:~\s—]+")
NUMBER = re.compile(r"\d+(?:[.．]\d+)?[%％]?")
LATIN = re.compile(r"[A-Za-z]+")
VOWELS = re.compile(r"[aeiouy]+")
# Read digit by digit from so many on: numbers of telephones, orders, cards.
SPELLED = 6
# what the vendor puts in place of a name
MASK = re.compile(r"\*+")


def clauses_of(text: str) -> list[int]:
    """Syllables of each clause; a text without any sound still takes one."""
    # a decimal point or thousands separator ends no clause
    text = NUMBER.sub(lambda found: "一" * _of_number(found.group()), re.sub(r"(?<=\d),(?=\d{3})", "", text))
    counts = [_of_clause(clause) for clause in CLAUSE_ENDS.split(text)]
    return [count for count in counts if count] or [1]


def _of_clause(clause: str) -> int:
    latin = sum(_of_latin(word) for word in LATIN.findall(clause))
    masks = 2 * len(MASK.findall(clause))
    others = sum(character.isalpha() and not character.isascii() for character in clause)
    return latin + masks + others


def _of_latin(word: str) -> int:
    """Capitals are spelled: `VIP` is three; W has a name of three syllables in English and of one in practice."""
    if word.isupper() or len(word) < 3:
        return len(word)
    # `WiFi`: capitals inside begin a word of their own
    return max(len(VOWELS.findall(word.lower())), 1)


def _of_number(number: str) -> int:
    percent = 3 if number[-1] in "%％" else 0
    whole, _, part = number.rstrip("%％").replace("．", ".").partition(".")
    decimals = 1 + len(part) if part else 0
    if len(whole) >= SPELLED or (whole.startswith("0") and len(whole) > 1):
        return len(whole) + decimals + percent
    return _of_cardinal(whole) + decimals + percent


def _of_cardinal(digits: str) -> int:
    """`399` is 三百九十九: each digit that counts, its unit, and one 零 for a gap."""
    value = digits.lstrip("0")
    if len(value) < 2:
        return 1
    spoken = sum(digit != "0" for digit in value)
    units = sum(digit != "0" for digit in value[:-1])
    gaps = len(re.findall(r"0+(?=[1-9])", value))
    is_ten_to_nineteen = len(value) == 2 and value[0] == "1"
    return spoken + units + gaps - is_ten_to_nineteen
