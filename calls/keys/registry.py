from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Group:
    """Actions of one kind of page. `beside` names the groups whose keys work there as well."""

    name: str
    label: Label
    beside: tuple[str, ...] = (EVERYWHERE,)


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    key: str
    label: Label


_groups: dict[str, Group] = {}
_actions: dict[str, Action] = {}
_group_of: dict[str, Group] = {}


def add(group: Group, *actions: Action) -> None:
    """Makes these actions known, with their usual keys."""
    _groups[group.name] = group
    for action in actions:
        _actions[action.name] = action
        _group_of[action.name] = group


def groups() -> list[Group]:
    return list(_groups.values())


def of_group(name: str) -> list[Action]:
    return [action for action in _actions.values() if _group_of[action.name].name == name]


def keys_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """The key of every action, "" for none. A chosen key is not at the same time the usual one of another action."""
    chosen = {name: key for name, key in chosen.items() if name in _actions}

    def usual(action: Action) -> str:
        is_taken = any(key == action.key and _meet(action.name, other) for other, key in chosen.items())
        return "" if is_taken else action.key

    return {name: chosen[name] if name in chosen else usual(action) for name, action in _actions.items()}


def clashes(keys: Mapping[str, str]) -> Iterator[tuple[Action, Action]]:
    """Two actions of one page on the same key."""
    for one, other in combinations([name for name in _actions if keys.get(name)], 2):
        if keys[one] == keys[other] and _meet(one, other):
            yield _actions[one], _actions[other]


def _meet(one: str, other: str) -> bool:
    first, second = _group_of[one], _group_of[other]
    return first.name == second.name or first.name in second.beside or second.name in first.beside
