"""Whether content that somebody brings is a scorecard; if not, what is wrong and where, in sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reviews.vocabulary import CommentRule, CriterionKind, Stakes

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
# the answer "not applicable" in a form
RESERVED = {"na"}
LONGEST_TITLE, LONGEST_LABEL, LONGEST_HELP = 120, 40, 1_000
MOST_SECTIONS, MOST_CRITERIA, MOST_OPTIONS = 20, 60, 12
HEAVIEST, HIGHEST = 1_000, 1_000_000
CARD = {"passes_from", "sections"}
SECTION = {"title", "criteria"}
CRITERION = {
    *("key", "title", "kind", "weight", "options", "stakes", "allows_na", "comment_rule", "shown_if", "help"),
    *("least", "most", "passes_from", "judges_intent"),
}
OPTION = {"key", "label", "share", "is_negative"}
WITH_OPTIONS = (CriterionKind.PASS_FAIL, CriterionKind.SCALE, CriterionKind.CHOICE)


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` says where as JSON has it: `sections[0].criteria[2].weight`."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


def problems_in(content: object) -> list[Problem]:
    """Nothing when `Card.from_json` can read it and it makes sense as a scorecard."""
    vetting = _Vetting()
    vetting.card(content)
    return vetting.problems


@dataclass(slots=True)
class _Vetting:
    problems: list[Problem] = field(default_factory=list)
    # option keys of each criterion so far: conditions may name these
    asked: dict[str, list[str]] = field(default_factory=dict)
    judges_intent: str = ""

    def say(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))

    def card(self, content: object) -> None:
        if not (card := self.table("", content, CARD)):
            return
        self.number("passes_from", card.get("passes_from", 80.0), 0, 100)
        sections = self.rows("sections", card.get("sections"), MOST_SECTIONS, _("Add a section."))
        count = 0
        for place, content_of_section in enumerate(sections):
            path = f"sections[{place}]"
            if section := self.table(path, content_of_section, SECTION):
                self.text(f"{path}.title", section.get("title"), LONGEST_TITLE)
                criteria = self.rows(f"{path}.criteria", section.get("criteria"), MOST_CRITERIA, _("Add a criterion."))
                count += len(criteria)
                for at, criterion in enumerate(criteria):
                    self.criterion(f"{path}.criteria[{at}]", criterion)
        if count > MOST_CRITERIA:
            self.say("sections", _("At most %(most)s criteria in all.") % {"most": MOST_CRITERIA})

    def criterion(self, path: str, content: object) -> None:
        if not (criterion := self.table(path, content, CRITERION)):
            return
        key = self.key(f"{path}.key", criterion.get("key"), self.asked)
        self.text(f"{path}.title", criterion.get("title"), LONGEST_TITLE)
        self.text(f"{path}.help", criterion.get("help", ""), LONGEST_HELP, is_needed=False)
        self.number(f"{path}.weight", criterion.get("weight", 1.0), 0, HEAVIEST)
        kind = self.one_of(f"{path}.kind", criterion.get("kind", CriterionKind.PASS_FAIL), CriterionKind.values)
        self.one_of(f"{path}.comment_rule", criterion.get("comment_rule", ""), CommentRule.values)
        for name, usual in (("allows_na", True), ("judges_intent", False)):
            self.truth(f"{path}.{name}", criterion.get(name, usual))
        self.condition(f"{path}.shown_if", criterion.get("shown_if"))
        options = self.options(path, kind, criterion)
        if kind == CriterionKind.NUMBER:
            self.range(path, criterion)
        self.stakes(path, kind, criterion, options)
        self.intent(path, kind, criterion)
        if key:
            self.asked[key] = [option["key"] for option in options if isinstance(option.get("key"), str)]

    def options(self, path: str, kind: str, criterion: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        given = criterion.get("options", [])
        if not kind:
            return []
        if kind not in WITH_OPTIONS:
            if given:
                self.say(f"{path}.options", _("A number or a text has no options."))
            return []
        options = []
        seen: dict[str, list[str]] = {}
        needed = _("Add at least two options.")
        for place, content in enumerate(self.rows(f"{path}.options", given, MOST_OPTIONS, needed)):
            at = f"{path}.options[{place}]"
            if option := self.table(at, content, OPTION):
                if key := self.key(f"{at}.key", option.get("key"), seen):
                    seen[key] = []
                self.text(f"{at}.label", option.get("label"), LONGEST_LABEL)
                self.truth(f"{at}.is_negative", option.get("is_negative", False))
                share = option.get("share", 1.0)
                if share is not None or kind != CriterionKind.CHOICE:
                    self.number(f"{at}.share", share, 0, 1)
                options.append(option)
        if len(options) == 1:
            self.say(f"{path}.options", needed)
        if kind == CriterionKind.PASS_FAIL and options and not _is_pass_fail(options):
            sentence = _("Pass or fail has two options: one with share 1, and one with share 0 that is negative.")
            self.say(f"{path}.options", sentence)
        return options

    def condition(self, path: str, condition: object) -> None:
        if condition is None or not (table := self.table(path, condition, {"criterion", "options"})):
            return
        name = table.get("criterion")
        if not isinstance(name, str) or name not in self.asked:
            self.say(f"{path}.criterion", _("This names no criterion that is asked before. Choose one above."))
        elif not isinstance(options := table.get("options"), list) or not options:
            self.say(f"{path}.options", _("Choose at least one answer."))
        elif not all(option in self.asked[name] for option in options):
            self.say(f"{path}.options", _("One of these answers is not among the options of that criterion."))

    def range(self, path: str, criterion: Mapping[str, Any]) -> None:
        ends = {}
        for name in ("least", "most", "passes_from"):
            value = criterion.get(name)
            if value is not None and self.number(f"{path}.{name}", value, -HIGHEST, HIGHEST):
                ends[name] = value
        least, most = ends.get("least", -HIGHEST), ends.get("most", HIGHEST)
        if least > most:
            self.say(f"{path}.most", _("The most lies below the least."))
        elif not least <= ends.get("passes_from", least) <= most:
            self.say(f"{path}.passes_from", _("This lies outside of what may be entered."))

    def stakes(self, path: str, kind: str, criterion: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> None:
        stakes = self.one_of(f"{path}.stakes", criterion.get("stakes", ""), Stakes.values)
        can_fail = any(option.get("is_negative") is True for option in options)
        can_fail |= kind == CriterionKind.NUMBER and criterion.get("passes_from") is not None
        if stakes and kind and not can_fail:
            self.say(f"{path}.stakes", _("No answer to this is negative, so it can be neither critical nor fatal."))

    def intent(self, path: str, kind: str, criterion: Mapping[str, Any]) -> None:
        if criterion.get("judges_intent") is not True:
            return
        if kind != CriterionKind.CHOICE:
            self.say(f"{path}.judges_intent", _("Only one of several can say what the intent was."))
        elif self.judges_intent:
            self.say(f"{path}.judges_intent", _("Another criterion already says what the intent was."))
        self.judges_intent = path

    # ---- kinds of value

    def table(self, path: str, value: object, known: Collection[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping) or not value:
            self.say(path, _("This has to be an object with fields."))
            return {}
        for name in value:
            if name not in known:
                where = f"{path}.{str(name)[:40]}".lstrip(".")
                self.say(
                    where, _("There is no such field. Known are: %(known)s.") % {"known": ", ".join(sorted(known))}
                )
        return value

    def rows(self, path: str, value: object, most: int, needed: str) -> list[Any]:
        if not isinstance(value, list) or not value:
            self.say(path, needed)
            return []
        if len(value) > most:
            self.say(path, _("At most %(most)s here.") % {"most": most})
        return value[:most]

    def text(self, path: str, value: object, longest: int, *, is_needed: bool = True) -> None:
        if not isinstance(value, str):
            self.say(path, _("This has to be a text."))
        elif is_needed and not value.strip():
            self.say(path, _("Write something here."))
        elif len(value) > longest:
            self.say(path, _("At most %(most)s characters.") % {"most": longest})
        elif any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
            self.say(path, _("There is a character in it that cannot be stored."))

    def key(self, path: str, value: object, taken: Collection[str]) -> str:
        """The key, or "" when it is none."""
        if not isinstance(value, str) or not KEY.fullmatch(value) or value in RESERVED:
            self.say(path, _("A key has 1 to 40 of a–z, 0–9, - and _, and is not “na”."))
            return ""
        if value in taken:
            self.say(path, _("This key is used twice."))
        return value

    def number(self, path: str, value: object, low: float, high: float) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            self.say(path, _("Write a number from %(low)s to %(high)s.") % {"low": f"{low:,}", "high": f"{high:,}"})
            return False
        return True

    def truth(self, path: str, value: object) -> None:
        if not isinstance(value, bool):
            self.say(path, _("This has to be true or false."))

    def one_of(self, path: str, value: object, known: Collection[str]) -> str:
        if not isinstance(value, str) or value not in known:
            self.say(path, _("Choose one of: %(known)s.") % {"known": ", ".join(one for one in known if one)})
            return ""
        return value


def _is_pass_fail(options: Sequence[Mapping[str, Any]]) -> bool:
    found = [(option.get("share", 1.0), option.get("is_negative", False)) for option in options]
    return found in ([(1, False), (0, True)], [(0, True), (1, False)])
