"""Questions that nobody asks on purpose, or only on purpose: the whole answer of the list page to each."""

from __future__ import annotations

from bench import asking
from bench.corpus import COMMON_CHARACTER, HALF, LATIN, NEVER_TAGGED, OLD, TAG, TWENTIETH, Corpus
from bench.timing import Table, Target
from calls.models.search import Sort

WORDS = Corpus(1).words
NO_HIT = f"{NEVER_TAGGED} tag:{TAG}"
QUESTIONS = {
    "10,000 characters, one word": HALF * 5_000,
    "10,000 characters in words": f"{HALF} {TWENTIETH} " * 1_700,
    "200 words": " ".join(WORDS[:200]),
    "200 words, any of them": " OR ".join(WORDS[:200]),
    "200 exclusions": " ".join(f"-{word}" for word in WORDS[:200]),
    "200 ids": " OR ".join(f"id:{966_000_000 + number}" for number in range(200)),
    "200 tags": " OR ".join(f"tag:{TAG}{number}" for number in range(200)),
    "12 common characters": " ".join(sorted({letter for word in WORDS[:30] for letter in word})[:12]),
    "a sentence of 600 characters": f'"{f"{LATIN} {COMMON_CHARACTER}" * 75}"',
    "any duration but some": "dur:1-79999 -dur:5-6999",
    "numbers that end in 1": "no:1",
    "punctuation": "!?.,;:()[]{}<>*^%_-+=|&~`@#$，。！？；：",
    "quotes that do not close": f"\"{HALF} '{TWENTIETH} “{OLD} 「",
    "emoji": "😀👩‍👩‍👧‍👦🇨🇳",
    "NUL and controls": f"\x00{HALF}\x00\x01\x1b{TWENTIETH}",
    "SQL": f"'; DROP TABLE calls_call; -- {HALF}\" OR 1=1",
    "operators of FTS5": f"NEAR({HALF} {TWENTIETH}, 5) AND NOT * ^ {{customer}} : +",
    "operators of tsquery": f"{HALF} & | ! <-> ( {TWENTIETH}:* \\",
}
SORTED = {"no hit": NO_HIT, "12 words": " ".join(WORDS[:12]), "any of 12 words": " OR ".join(WORDS[:12])}
SECOND = Target(1_000, 1_000, unit="ms, p95")
SECONDS = 2.0


def print_rows(table: Table) -> None:
    for name, text in QUESTIONS.items():
        _ask(table, name, text, Sort.NEWEST)
    for sort in (Sort.LONGEST, Sort.SHORTEST, Sort.MOST_TURNS, Sort.FEWEST_TURNS):
        for name, text in SORTED.items():
            _ask(table, f"{sort.label.lower()}, {name}", text, sort)


def _ask(table: Table, name: str, text: str, sort: Sort) -> None:
    def outcome() -> str:
        return " (gave up)" if asking.has_given_up(text, sort) else ""

    table.ask(f"bad input: {name}", asking.http_of(text, sort), SECOND, SECONDS, outcome)
