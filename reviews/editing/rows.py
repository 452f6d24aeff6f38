"""What was typed, with what is wrong beside each field: what the editor's templates show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviews.editing.typed import Typed, TypedCriterion, TypedOption
from reviews.vetting import Problem
from reviews.vocabulary import CommentRule, CriterionKind, Stakes

FIELDS = ("title", "kind", "weight", "stakes", "comment_rule", "help", "least", "most", "passes_from")
TICKS = ("allows_na", "judges_intent")
HEAD = ("name", "passes_from")


@dataclass(frozen=True, slots=True)
class Field:
    """`choices`: value, label and whether it is chosen."""

    name: str
    id: str
    value: str | bool
    errors: Sequence[str] = ()
    choices: Sequence[tuple[str, str, bool]] = ()


@dataclass(frozen=True, slots=True)
class OptionRow:
    place: str
    key: Field
    label: Field
    share: Field
    is_negative: Field


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """`number` counts through the scorecard from 1; `place` is where it stands, for the buttons."""

    place: str
    number: int
    key: str
    at: str
    fields: Mapping[str, Field]
    options: Sequence[OptionRow]
    option_errors: Sequence[str]
    condition: Field
    condition_options: Field
    kind: str
    is_unusual: bool

    @property
    def id(self) -> str:
        return f"edit-{self.key}"

    @property
    def has_shares(self) -> bool:
        return self.kind in {CriterionKind.SCALE, CriterionKind.CHOICE}

    @property
    def is_number(self) -> bool:
        return self.kind == CriterionKind.NUMBER

    @property
    def is_text(self) -> bool:
        return self.kind == CriterionKind.TEXT

    @property
    def is_choice(self) -> bool:
        return self.kind == CriterionKind.CHOICE


@dataclass(frozen=True, slots=True)
class SectionRow:
    place: str
    title: Field
    errors: Sequence[str]
    criteria: Sequence[CriterionRow]


@dataclass(frozen=True, slots=True)
class Rows:
    """`elsewhere`: problems that belong to no field one can see."""

    name: Field
    passes_from: Field
    sections: Sequence[SectionRow]
    count: int
    elsewhere: Sequence[str]


def rows_of(typed: Typed, problems: Sequence[Problem] = ()) -> Rows:
    return _Drawing(typed, problems).rows()


class _Drawing:
    def __init__(self, typed: Typed, problems: Sequence[Problem]) -> None:
        self.typed, self.problems = typed, problems
        self.shown: set[str] = set()
        self.numbers = {id(criterion): number for number, criterion in enumerate(typed, 1)}

    def rows(self) -> Rows:
        name, passes_from = (self.field(one, one, f"edit-{one}", getattr(self.typed, one)) for one in HEAD)
        sections = [self.section(place) for place in range(len(self.typed.sections))]
        elsewhere = [str(problem) for problem in self.problems if problem.path not in self.shown]
        return Rows(name, passes_from, sections, len(self.problems), elsewhere)

    def section(self, place: int) -> SectionRow:
        section = self.typed.sections[place]
        path = f"sections[{place}]"
        title = self.field(f"{path}.title", f"s{place}-title", f"edit-s{place}-title", section.title)
        criteria = [self.criterion(place, at, criterion) for at, criterion in enumerate(section.criteria)]
        return SectionRow(str(place), title, self.errors(f"{path}.criteria"), criteria)

    def criterion(self, section: int, at: int, criterion: TypedCriterion) -> CriterionRow:
        path, name, anchor = f"sections[{section}].criteria[{at}]", f"s{section}-c{at}", f"edit-{criterion.key}"
        choices = {"kind": CriterionKind, "stakes": Stakes, "comment_rule": CommentRule}
        fields = {
            one: self.field(
                f"{path}.{one}",
                f"{name}-{one}",
                f"{anchor}-{one}",
                getattr(criterion, one),
                [(value, str(label), value == getattr(criterion, one)) for value, label in choices[one].choices]
                if one in choices
                else (),
            )
            for one in (*FIELDS, *TICKS)
        }
        condition, condition_options = self.condition(path, name, anchor, criterion)
        is_unusual = bool(criterion.stakes or criterion.comment_rule or criterion.condition or criterion.judges_intent)
        hidden = ("stakes", "comment_rule", "help", *TICKS)
        has_errors = any(fields[one].errors for one in hidden) or condition.errors or condition_options.errors
        return CriterionRow(
            place=f"{section}.{at}",
            number=self.numbers[id(criterion)],
            key=criterion.key,
            at=name,
            fields=fields,
            options=[
                self.option(path, name, anchor, f"{section}.{at}", place, option)
                for place, option in enumerate(criterion.options)
            ],
            option_errors=self.errors(f"{path}.options"),
            condition=condition,
            condition_options=condition_options,
            kind=criterion.kind,
            is_unusual=bool(is_unusual or has_errors),
        )

    def option(self, path: str, name: str, anchor: str, place: str, at: int, option: TypedOption) -> OptionRow:
        path, name, anchor = f"{path}.options[{at}]", f"{name}-o{at}", f"{anchor}-{option.key}"
        key, label, share, is_negative = (
            self.field(f"{path}.{one}", f"{name}-{one}", f"{anchor}-{one}", getattr(option, one))
            for one in ("key", "label", "share", "is_negative")
        )
        return OptionRow(f"{place}.{at}", key, label, share, is_negative)

    def condition(self, path: str, name: str, anchor: str, criterion: TypedCriterion) -> tuple[Field, Field]:
        before = list(self.before(criterion))
        asked = next((one for one in before if one.key == criterion.condition), None)
        known = [(one.key, f"{self.numbers[id(one)]} {one.title}", one is asked) for one in before]
        if criterion.condition and asked is None:
            # it was moved or removed: kept until somebody chooses, so that the problem can be seen
            known.append((criterion.condition, criterion.condition, True))
        options = asked.options if asked else []
        return (
            self.field(
                f"{path}.shown_if.criterion", f"{name}-condition", f"{anchor}-condition", criterion.condition, known
            ),
            self.field(
                f"{path}.shown_if.options",
                f"{name}-condition_options",
                f"{anchor}-condition_options",
                "",
                [(one.key, one.label, one.key in criterion.condition_options) for one in options],
            ),
        )

    def before(self, criterion: TypedCriterion) -> Iterator[TypedCriterion]:
        for one in self.typed:
            if one is criterion:
                return
            if one.has_options:
                yield one

    def field(
        self,
        path: str,
        name: str,
        anchor: str,
        value: str | bool,
        choices: Sequence[tuple[str, str, bool]] = (),
    ) -> Field:
        return Field(name, anchor, value, self.errors(path), choices)

    def errors(self, path: str) -> list[str]:
        self.shown.add(path)
        return [problem.sentence for problem in self.problems if problem.path == path]
