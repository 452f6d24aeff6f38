"""Where a review stands, in figures and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.scoring import Answer, Card, Score, score_of


@dataclass(frozen=True, slots=True)
class Tally:
    score: Score

    @property
    def is_bad(self) -> bool:
        """Not while the answers that are missing may still mend it."""
        return self.score.is_fatal or (self.score.passed is False and not self.score.open)

    @property
    def words(self) -> str:
        """Beside the score: `Critical 100 · 1 left to answer`."""
        parts = []
        if self.score.is_fatal:
            parts.append(_("Fatal: the score is 0"))
        if self.score.critical is not None:
            parts.append(_("Critical %(score)s") % {"score": figure(self.score.critical)})
        left = len(self.score.open)
        parts.append(ngettext("%(left)s left to answer", "%(left)s left to answer", left) % {"left": left})
        return " · ".join(parts)


def tally_of(card: Card, answers: Mapping[str, Answer]) -> Tally:
    return Tally(score_of(card, answers))


def figure(score: float | None) -> str:
    return _("no score") if score is None else f"{score:.2f}".rstrip("0").rstrip(".")
