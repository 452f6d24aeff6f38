"""What a file turned out to hold, row by row, before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.snapshot import Answer, CallRef

MOST_ROWS = 50_000
# Absorbing writes a dozen rows each, and all in one transaction: longer would keep the workers waiting.
MOST_ANSWERS = 2_000
MOST_BYTES = 32 * 1024 * 1024
TOO_MANY = gettext_lazy("The file has more than %(most)s rows. Split it and add the parts one after the other.")


class Unreadable(Exception):
    """Nothing in the file can be used. The message is a sentence that says why and what to do."""


class Verdict(TextChoices):
    NEW = "new", pgettext_lazy("import row", "New")
    KNOWN = "known", pgettext_lazy("import row", "Already known")
    REPEATED = "repeated", pgettext_lazy("import row", "Repeated")
    WRONG = "wrong", pgettext_lazy("import row", "Cannot be used")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of ids or one saved answer. `shown` is what stands there, `note` a sentence about it."""

    line: int
    shown: str
    ref: CallRef | None = None
    answer: Answer | None = None
    verdict: Verdict = Verdict.NEW
    note: str = ""
    call_pk: int | None = None

    @property
    def is_wanted(self) -> bool:
        return self.verdict in {Verdict.NEW, Verdict.KNOWN}


@dataclass(frozen=True)
class Plan:
    """What confirming would do. Rows are in the order of the file."""

    rows: tuple[Row, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Verdict -> number of rows; every verdict is there."""
        counter = Counter(row.verdict.value for row in self.rows)
        return {verdict.value: counter[verdict.value] for verdict in Verdict}

    @cached_property
    def wanted(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.is_wanted)

    @property
    def holds_answers(self) -> bool:
        return any(row.answer is not None for row in self.rows)

    def with_verdict(self, verdict: str) -> tuple[Row, ...]:
        """The rows of one verdict; all of them when it is no verdict."""
        return tuple(row for row in self.rows if row.verdict == verdict) if verdict in Verdict.values else self.rows
