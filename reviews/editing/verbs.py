"""What the buttons of the editor do: add, remove and move rows, and give a criterion the options of its kind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language

from reviews.editing.typed import Typed, TypedCriterion, TypedOption, TypedSection, typed_option
from reviews.ready import CHINESE, ENGLISH, pass_fail
from reviews.vocabulary import CriterionKind

# a scale before anybody has changed it: the lower two are negative
STEPS = 5


def apply(typed: Typed, act: str) -> str:
    """Carry out `verb:place`, for example `up:0.2`; what to stand on afterwards: a key, or "" for where one was.

    An unknown verb or place changes nothing: the page was made for other rows.
    """
    verb, _colon, place = act.partition(":")
    try:
        where = tuple(int(part) for part in place.split(".") if part)
        here = _VERBS[verb](typed, *where)
    except (IndexError, KeyError, TypeError, ValueError):
        return ""
    return here


def settle(typed: Typed) -> None:
    """Every criterion has a key, and options that its kind knows."""
    taken = {criterion.key for criterion in typed}
    for criterion in typed:
        criterion.key = criterion.key or _new_key("c", taken)
        taken.add(criterion.key)
        if criterion.kind != criterion.was:
            criterion.options = _options_for(criterion)
            criterion.was = criterion.kind
        if criterion.kind == CriterionKind.PASS_FAIL:
            _settle_pass_fail(criterion)
        keys = {option.key for option in criterion.options}
        for option in criterion.options:
            option.key = option.key or _new_key("o", keys)
            keys.add(option.key)


def _options_for(criterion: TypedCriterion) -> list[TypedOption]:
    if criterion.kind == CriterionKind.SCALE:
        return [
            TypedOption(f"s{step}", str(step), str(100 * (step - 1) // (STEPS - 1)), step <= 2)
            for step in range(1, STEPS + 1)
        ]
    if criterion.kind == CriterionKind.CHOICE:
        return criterion.options if criterion.was == CriterionKind.SCALE else [TypedOption(), TypedOption()]
    return []


def _settle_pass_fail(criterion: TypedCriterion) -> None:
    """Two options whose words are all that may be changed."""
    language = CHINESE if (get_language() or "").startswith("zh") else ENGLISH
    usual = [typed_option(option) for option in pass_fail(language)]
    for option, given in zip(usual, criterion.options, strict=False):
        option.key, option.label = given.key or option.key, given.label
    criterion.options = usual


def _add_section(typed: Typed) -> str:
    key = _new_key("c", {criterion.key for criterion in typed})
    typed.sections.append(TypedSection("", [TypedCriterion(key)]))
    return key


def _add_criterion(typed: Typed, section: int) -> str:
    key = _new_key("c", {criterion.key for criterion in typed})
    typed.sections[section].criteria.append(TypedCriterion(key))
    return key


def _add_option(typed: Typed, section: int, criterion: int) -> str:
    options = typed.sections[section].criteria[criterion].options
    options.append(TypedOption(_new_key("o", {option.key for option in options}), share="100"))
    return options[-1].key


def _remove(typed: Typed, *where: int) -> str:
    del _rows(typed, *where)[where[-1]]
    return ""


def _up(typed: Typed, *where: int) -> str:
    """One place up; the first criterion of a section moves to the end of the one before."""
    rows, at = _rows(typed, *where), where[-1]
    row = rows[at]
    if at > 0:
        rows.insert(at - 1, rows.pop(at))
    elif len(where) == 2 and where[0] > 0:
        typed.sections[where[0] - 1].criteria.append(rows.pop(at))
    return getattr(row, "key", "")


def _down(typed: Typed, *where: int) -> str:
    rows, at = _rows(typed, *where), where[-1]
    row = rows[at]
    if at < len(rows) - 1:
        rows.insert(at + 1, rows.pop(at))
    elif len(where) == 2 and where[0] < len(typed.sections) - 1:
        typed.sections[where[0] + 1].criteria.insert(0, rows.pop(at))
    return getattr(row, "key", "")


def _rows(typed: Typed, *where: int) -> list[Any]:
    """The list in which this row stands."""
    if any(part < 0 for part in where):
        raise IndexError
    if len(where) == 1:
        return typed.sections
    section = typed.sections[where[0]]
    return section.criteria if len(where) == 2 else section.criteria[where[1]].options


def _new_key(letter: str, taken: set[str]) -> str:
    """By chance: a removed criterion must not come back under its key with another meaning."""
    key = f"{letter}{secrets.token_hex(3)}"
    return key if key not in taken else _new_key(letter, taken)


_VERBS: dict[str, Callable[..., str]] = {
    "add-section": _add_section,
    "add-criterion": _add_criterion,
    "add-option": _add_option,
    "remove": _remove,
    "up": _up,
    "down": _down,
}
