"""Fields of the editor as texts. Names in the form: `s0-title`, `s0-c1-weight`, `s0-c1-o2-label`, counted from 0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reviews.scoring import Card, Criterion, Option
from reviews.scoring.score import number_of
from reviews.vocabulary import CriterionKind

PLACE = re.compile(r"s(\d{1,4})-(?:c(\d{1,4})-(?:o(\d{1,4})-)?)?[a-z_]+", re.ASCII)
TICKS = ("allows_na", "judges_intent")
TEXTS = ("key", "title", "kind", "weight", "stakes", "comment_rule", "help", "least", "most", "passes_from")


@dataclass(slots=True)
class TypedOption:
    """`share` in percent; empty where the answer counts in no score."""

    key: str = ""
    label: str = ""
    share: str = ""
    is_negative: bool = False

    def content(self) -> dict[str, Any]:
        share = _number(self.share) if self.share.strip() else None
        if isinstance(share, float):
            share = round(share / 100, 6)
        return {"key": self.key, "label": self.label.strip(), "share": share, "is_negative": self.is_negative}


@dataclass(slots=True)
class TypedCriterion:
    key: str = ""
    title: str = ""
    kind: str = CriterionKind.PASS_FAIL.value
    weight: str = "10"
    stakes: str = ""
    comment_rule: str = ""
    help: str = ""
    least: str = ""
    most: str = ""
    passes_from: str = ""
    allows_na: bool = True
    judges_intent: bool = False
    # the criterion that this one hangs on, and the answers to it that show this one
    condition: str = ""
    condition_options: list[str] = field(default_factory=list)
    options: list[TypedOption] = field(default_factory=list)
    # the kind whose options these are: another one brings its own
    was: str = CriterionKind.PASS_FAIL.value

    @property
    def has_options(self) -> bool:
        return self.kind in {CriterionKind.PASS_FAIL, CriterionKind.SCALE, CriterionKind.CHOICE}

    def content(self) -> dict[str, Any]:
        is_number = self.kind == CriterionKind.NUMBER
        ends = {name: _number(getattr(self, name)) if is_number else None for name in ("least", "most", "passes_from")}
        condition = {"criterion": self.condition, "options": self.condition_options} if self.condition else None
        return {
            "key": self.key,
            "title": self.title.strip(),
            "kind": self.kind,
            "weight": 0.0 if self.kind == CriterionKind.TEXT else _number(self.weight, empty=0.0),
            "options": [option.content() for option in self.options] if self.has_options else [],
            "stakes": self.stakes,
            "allows_na": self.allows_na,
            "comment_rule": self.comment_rule,
            "shown_if": condition,
            "help": self.help.strip(),
            **ends,
            "judges_intent": self.judges_intent,
        }


@dataclass(slots=True)
class TypedSection:
    title: str = ""
    criteria: list[TypedCriterion] = field(default_factory=list)


@dataclass(slots=True)
class Typed:
    name: str = ""
    passes_from: str = "80"
    sections: list[TypedSection] = field(default_factory=list)

    def __iter__(self) -> Iterator[TypedCriterion]:
        return (criterion for section in self.sections for criterion in section.criteria)

    @classmethod
    def of(cls, name: str, card: Card) -> Typed:
        sections = [TypedSection(section.title, list(map(_typed, section.criteria))) for section in card.sections]
        return cls(name, _text(card.passes_from), sections)

    @classmethod
    def posted(cls, sent: Mapping[str, Any]) -> Typed:
        typed = cls(_clean(sent.get("name", "")), _clean(sent.get("passes_from", "")))
        places = _places(sent)
        for section in sorted({place[0] for place in places}):
            criteria = sorted({place[1] for place in places if place[0] == section and place[1] >= 0})
            typed.sections.append(
                TypedSection(
                    _clean(sent.get(f"s{section}-title", "")),
                    [
                        _posted(
                            sent,
                            f"s{section}-c{criterion}",
                            sorted({place[2] for place in places if place[:2] == (section, criterion)} - {-1}),
                        )
                        for criterion in criteria
                    ],
                )
            )
        return typed

    def content(self) -> dict[str, Any]:
        """For vetting: what is no number stays the text that it is."""
        return {
            "passes_from": _number(self.passes_from),
            "sections": [
                {"title": section.title.strip(), "criteria": [criterion.content() for criterion in section.criteria]}
                for section in self.sections
            ],
        }


def _places(sent: Mapping[str, Any]) -> set[tuple[int, int, int]]:
    """Section, criterion and option that a field was sent for; -1 for none."""
    found = filter(None, map(PLACE.fullmatch, sent))
    return {tuple(int(part) if part else -1 for part in match.groups()) for match in found}  # type: ignore[misc]


def _posted(sent: Mapping[str, Any], at: str, options: list[int]) -> TypedCriterion:
    fields: dict[str, Any] = {name: _clean(sent.get(f"{at}-{name}", "")) for name in (*TEXTS, "condition", "was")}
    fields |= {name: f"{at}-{name}" in sent for name in TICKS}
    chosen = sent.getlist(f"{at}-condition_options") if hasattr(sent, "getlist") else []
    return TypedCriterion(
        **fields,
        condition_options=[_clean(one) for one in chosen],
        options=[
            TypedOption(
                _clean(sent.get(f"{at}-o{one}-key", "")),
                _clean(sent.get(f"{at}-o{one}-label", "")),
                _clean(sent.get(f"{at}-o{one}-share", "")),
                f"{at}-o{one}-is_negative" in sent,
            )
            for one in options
        ],
    )


def _typed(criterion: Criterion) -> TypedCriterion:
    condition = criterion.shown_if
    return TypedCriterion(
        criterion.key,
        criterion.title,
        criterion.kind.value,
        _text(criterion.weight),
        criterion.stakes.value,
        criterion.comment_rule.value,
        criterion.help,
        _text(criterion.least),
        _text(criterion.most),
        _text(criterion.passes_from),
        criterion.allows_na,
        criterion.judges_intent,
        condition.criterion if condition else "",
        list(condition.options) if condition else [],
        list(map(typed_option, criterion.options)),
        criterion.kind.value,
    )


def typed_option(option: Option) -> TypedOption:
    share = "" if option.share is None else _text(round(option.share * 100, 4))
    return TypedOption(option.key, option.label, share, option.is_negative)


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:.6f}".rstrip("0").rstrip(".")


def _number(text: str, *, empty: float | None = None) -> float | str | None:
    """The number, `empty` for nothing, or the text when it is no number."""
    if not text.strip():
        return empty
    number = number_of(text)
    return text if number is None else number


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n")
