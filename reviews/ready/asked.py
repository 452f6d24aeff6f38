"""How the ready scorecards are written: every text in both languages, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.scoring import Card, Condition, Criterion, Option, Section
from reviews.vocabulary import CommentRule, CriterionKind, Stakes

ENGLISH, CHINESE = "en", "zh-hans"
Text = tuple[str, str]  # English, Chinese


@dataclass(frozen=True, slots=True)
class Asked:
    key: str
    title: Text
    weight: float
    help: Text = ("", "")
    kind: CriterionKind = CriterionKind.PASS_FAIL
    options: tuple[tuple[str, Text, float | None, bool], ...] = ()
    stakes: Stakes = Stakes.PLAIN
    allows_na: bool = True
    comment_rule: CommentRule = CommentRule.NEVER
    shown_if: Condition | None = None
    judges_intent: bool = False


Sections = list[tuple[Text, list[Asked]]]


def card_of(language: str, passes_from: float, sections: Sections) -> Card:
    at = 1 if language == CHINESE else 0
    return Card(
        tuple(Section(title[at], tuple(_criterion(language, at, one) for one in asked)) for title, asked in sections),
        passes_from,
    )


def _criterion(language: str, at: int, asked: Asked) -> Criterion:
    options = tuple(Option(key, label[at], share, negative) for key, label, share, negative in asked.options)
    if asked.kind == CriterionKind.PASS_FAIL:
        options = pass_fail(language)
    return Criterion(
        asked.key,
        asked.title[at],
        asked.kind,
        asked.weight,
        options,
        asked.stakes,
        asked.allows_na,
        asked.comment_rule,
        asked.shown_if,
        asked.help[at],
        judges_intent=asked.judges_intent,
    )


def pass_fail(language: str) -> tuple[Option, Option]:
    words = ("合格", "不合格") if language == CHINESE else ("Pass", "Fail")
    return Option("pass", words[0]), Option("fail", words[1], 0.0, is_negative=True)


INTENT = Asked(
    "intent",
    ("Intent was really", "真实意向"),
    0,
    ("What the customer wanted, whatever the robot made of it.", "以客户实际表达为准，不看机器人的判断。"),
    CriterionKind.CHOICE,
    tuple((letter.lower(), (letter, letter), None, False) for letter in "ABCDE"),
    allows_na=False,
    judges_intent=True,
)
