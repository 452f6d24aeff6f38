"""The fields of the query language: their names in both languages, and what may stand after the colon."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.functional import Promise

from calls.search.document import only_letters_and_digits
from calls.search.query import Mistake, Problem
from calls.search.text import normalise
from calls.search.tree import Between, Field, InTask, Is, Leaf, Measure, Number, Said, Tagged
from calls.vocabulary import CallResult, HungUpBy, Source, Speaker

COMPARISON = re.compile(r"(>=|<=|>|<|=|≥|≤)?([0-9]{1,9})(?:(-|\.\.|~)([0-9]{1,9}))?")
YES = {"yes", "1", "true", "是", "已"}
NO = {"no", "0", "false", "否", "未"}
HAS = {"recording": "recording", "录音": "recording", "transcript": "transcript", "对话": "transcript"}
HAS |= {"tag": "tag", "标签": "tag"}


class NotUnderstood(Exception):
    """The value after the colon means nothing for this field."""

    def __init__(self, mistake: Mistake, *hint: str | Promise) -> None:
        super().__init__(mistake)
        self.mistake = mistake
        self.hint = hint

    def about(self, text: str) -> Problem:
        return Problem(self.mistake, text, self.hint)


def _said_by(speaker: Speaker) -> Callable[[str], Leaf]:
    return lambda value: Said(normalise(value), speaker)


def _one_of(field: Field, choices: type[CallResult] | type[Source] | type[HungUpBy]) -> Callable[[str], Leaf]:
    """By value (`no_answer`, `no answer`) or by its label in the reader's language."""

    def read(value: str) -> Leaf:
        wanted = normalise(value)
        for choice in choices:
            if wanted in {choice.value, choice.value.replace("_", " "), normalise(str(choice.label))}:
                return Is(field, choice.value)
        raise NotUnderstood(Mistake.UNKNOWN_VALUE, *choices.values)

    return read


def _measure(measure: Measure, example: str) -> Callable[[str], Leaf]:
    def read(value: str) -> Leaf:
        found = COMPARISON.fullmatch(value)
        if found is None or (found[1] and found[3]):
            raise NotUnderstood(Mistake.NOT_A_NUMBER, example)
        number = int(found[2])
        if found[3]:
            return Between(measure, number, int(found[4]))
        match found[1]:
            case ">":
                return Between(measure, number + 1)
            case ">=" | "≥":
                return Between(measure, number)
            case "<":
                return Between(measure, 0, number - 1)
            case "<=" | "≤":
                return Between(measure, 0, number)
        return Between(measure, number, number)

    return read


def _tag(value: str) -> Leaf:
    name, equals, wanted = value.partition("=")
    if not normalise(name):
        raise NotUnderstood(Mistake.EMPTY_FIELD)
    return Tagged(normalise(name), normalise(wanted) if equals else None)


def _number(value: str) -> Leaf:
    if not only_letters_and_digits(value):
        raise NotUnderstood(Mistake.NOT_A_NUMBER, "no:1234")
    return Number(only_letters_and_digits(value))


def _has(value: str) -> Leaf:
    if (wanted := HAS.get(normalise(value))) is None:
        raise NotUnderstood(Mistake.UNKNOWN_VALUE, "recording", "transcript", "tag")
    return Is(Field.HAS, wanted)


def _text(field: Field) -> Callable[[str], Leaf]:
    return lambda value: Is(field, normalise(value))


Reader = Callable[[str], Leaf]
_READERS: dict[tuple[str, ...], Reader] = {
    ("customer", "user", "客户"): _said_by(Speaker.CUSTOMER),
    ("agent", "bot", "robot", "机器人"): _said_by(Speaker.AGENT),
    ("tag", "标签"): _tag,
    ("intent", "意向"): _text(Field.INTENT),
    ("result", "结果"): _one_of(Field.RESULT, CallResult),
    ("source", "来源"): _one_of(Field.SOURCE, Source),
    ("hangup", "挂断"): _one_of(Field.HUNG_UP_BY, HungUpBy),
    ("task", "任务"): lambda value: InTask(normalise(value)),
    ("dur", "时长"): _measure(Measure.DURATION, "dur:>60"),
    ("turns", "轮次"): _measure(Measure.TURNS, "turns:<3"),
    ("no", "号码"): _number,
    ("id",): _text(Field.ID),
    ("has", "有"): _has,
}
READERS: dict[str, Reader] = {name: read for names, read in _READERS.items() for name in names}
# The one field whose value may turn the question round.
REVIEWED = {"reviewed", "质检"}
NAMES = READERS.keys() | REVIEWED


def read(name: str, value: str) -> tuple[Leaf, bool]:
    """What `name:value` asks for, and whether it is asked for (True) or excluded; NotUnderstood when it is nothing."""
    if not normalise(value):
        raise NotUnderstood(Mistake.EMPTY_FIELD)
    if name not in REVIEWED:
        return READERS[name](value), True
    wanted = normalise(value)
    if wanted not in YES | NO:
        raise NotUnderstood(Mistake.UNKNOWN_VALUE, "yes", "no")
    return Is(Field.REVIEWED, "yes"), wanted in YES
