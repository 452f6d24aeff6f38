"""A scorecard's content as frozen values, and as the JSON that is stored, imported and exported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reviews.vocabulary import CommentRule, CriterionKind, Stakes


@dataclass(frozen=True, slots=True)
class Option:
    """One answer. `share` is the part of the weight that it earns, 0 to 1; None counts in no score.

    `is_negative` answers need evidence, and fail the criterion.
    """

    key: str
    label: str
    share: float | None = 1.0
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Shown only when another criterion, asked before, was answered by one of these options."""

    criterion: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question. `key` names it in every version of the scorecard; a text or a number has no options."""

    key: str
    title: str
    kind: CriterionKind = CriterionKind.PASS_FAIL
    weight: float = 1.0
    options: tuple[Option, ...] = ()
    stakes: Stakes = Stakes.PLAIN
    allows_na: bool = True
    comment_rule: CommentRule = CommentRule.NEVER
    shown_if: Condition | None = None
    help: str = ""
    # of a number: what may be entered, and from where on it earns its weight
    least: float | None = None
    most: float | None = None
    passes_from: float | None = None
    # the answers are intents: compared with the vendor's on the board
    judges_intent: bool = False

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)

    @property
    def fine(self) -> Option | None:
        """What "all fine" answers: the option that earns most, the first of several; None leaves it open."""
        earning = [option for option in self.options if not option.is_negative and option.share is not None]
        return max(earning, key=lambda option: option.share or 0.0, default=None)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """`passes_from` is the score, 0 to 100, from which a call counts as passed."""

    sections: tuple[Section, ...]
    passes_from: float = 80.0

    def __iter__(self) -> Iterator[Criterion]:
        return (criterion for section in self.sections for criterion in section.criteria)

    def criterion(self, key: str) -> Criterion | None:
        return next((criterion for criterion in self if criterion.key == key), None)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Card:
        """What `as_json` wrote. Content that somebody brings is vetted first (see vetting)."""
        sections = tuple(
            Section(section["title"], tuple(_criterion(one) for one in section["criteria"]))
            for section in content.get("sections", [])
        )
        return cls(sections, content.get("passes_from", 80.0))

    def as_json(self) -> dict[str, Any]:
        return {
            "passes_from": self.passes_from,
            "sections": [
                {"title": section.title, "criteria": [_as_json(criterion) for criterion in section.criteria]}
                for section in self.sections
            ],
        }


def _criterion(row: Mapping[str, Any]) -> Criterion:
    condition = row.get("shown_if")
    return Criterion(
        key=row["key"],
        title=row["title"],
        kind=CriterionKind(row.get("kind", CriterionKind.PASS_FAIL)),
        weight=row.get("weight", 1.0),
        options=tuple(
            Option(one["key"], one["label"], one.get("share", 1.0), one.get("is_negative", False))
            for one in row.get("options", [])
        ),
        stakes=Stakes(row.get("stakes", "")),
        allows_na=row.get("allows_na", True),
        comment_rule=CommentRule(row.get("comment_rule", "")),
        shown_if=Condition(condition["criterion"], tuple(condition["options"])) if condition else None,
        help=row.get("help", ""),
        least=row.get("least"),
        most=row.get("most"),
        passes_from=row.get("passes_from"),
        judges_intent=row.get("judges_intent", False),
    )


def _as_json(criterion: Criterion) -> dict[str, Any]:
    condition = criterion.shown_if
    return {
        "key": criterion.key,
        "title": criterion.title,
        "kind": criterion.kind.value,
        "weight": criterion.weight,
        "options": [
            {"key": one.key, "label": one.label, "share": one.share, "is_negative": one.is_negative}
            for one in criterion.options
        ],
        "stakes": criterion.stakes.value,
        "allows_na": criterion.allows_na,
        "comment_rule": criterion.comment_rule.value,
        "shown_if": {"criterion": condition.criterion, "options": list(condition.options)} if condition else None,
        "help": criterion.help,
        "least": criterion.least,
        "most": criterion.most,
        "passes_from": criterion.passes_from,
        "judges_intent": criterion.judges_intent,
    }
