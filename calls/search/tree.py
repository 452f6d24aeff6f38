"""What a question means: a tree that the engines, the brute-force check and the highlighter all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import TextChoices

from calls.vocabulary import Speaker


class Field(TextChoices):
    """What `Is` compares; the values are the two letters its tokens begin with."""

    SOURCE = "xs"
    TASK = "xt"
    RESULT = "xr"
    INTENT = "xi"
    HUNG_UP_BY = "xh"
    RECORDING = "xc"
    REVIEWED = "xv"
    HAS = "xw"
    ID = "xk"
    # its number: a label may get another name
    LABEL = "xl"


class Measure(TextChoices):
    """What `Between` compares."""

    DURATION = "xd"
    TURNS = "xu"
    # hundredths of a point, 0 to 10,000
    SCORE = "xp"


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody (or anybody, when None) said this within one turn. The text is normalised and not empty."""

    text: str
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class Is:
    """A field has this value, whatever its case and width."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """The call carries this tag, with any value when None."""

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """A measure lies between two bounds, both included; seconds for durations."""

    measure: Measure
    low: int
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """Either number of the call ends like this."""

    suffix: str


@dataclass(frozen=True, slots=True)
class InTask:
    """The call's task has this id, or a name with this in it. Only the database knows: resolved before it is asked."""

    text: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """The call carries the team's label of this name, or any when None. Only the database knows: resolved as well."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class Token:
    """The index holds this word about the call; engines see this in place of every leaf but `Said`."""

    word: str
    is_prefix: bool = False


Leaf = Said | Is | Tagged | Between | Number | InTask | Labelled | Token
Node = Leaf | All | Some | Not

EVERYTHING = All()
NOTHING = Some()


def all_of(*nodes: Node) -> Node:
    """A conjunction without needless levels."""
    if len(nodes) == 1:
        return nodes[0]
    parts: list[Node] = []
    for node in nodes:
        parts.extend(node.nodes if isinstance(node, All) else [node])
    if NOTHING in parts:
        return NOTHING
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def some_of(*nodes: Node) -> Node:
    """An alternative without needless levels."""
    if len(nodes) == 1:
        return nodes[0]
    parts: list[Node] = []
    for node in nodes:
        parts.extend(node.nodes if isinstance(node, Some) else [node])
    if EVERYTHING in parts:
        return EVERYTHING
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def negation_of(node: Node) -> Node:
    if isinstance(node, Not):
        return node.node
    if node == EVERYTHING:
        return NOTHING
    return EVERYTHING if node == NOTHING else Not(node)


def replace_leaves(node: Node, change: Callable[[Leaf, bool], Node], is_positive: bool = True) -> Node:
    """The same tree with every leaf changed; `change` learns whether the leaf stands under an even number of nots."""
    if isinstance(node, All):
        return all_of(*(replace_leaves(each, change, is_positive) for each in node.nodes))
    if isinstance(node, Some):
        return some_of(*(replace_leaves(each, change, is_positive) for each in node.nodes))
    if isinstance(node, Not):
        return negation_of(replace_leaves(node.node, change, not is_positive))
    return change(node, is_positive)


def leaves(node: Node, is_positive: bool = True) -> Iterator[tuple[Leaf, bool]]:
    """Every leaf, with whether it is asked for (True) or excluded."""
    if isinstance(node, All | Some):
        for each in node.nodes:
            yield from leaves(each, is_positive)
    elif isinstance(node, Not):
        yield from leaves(node.node, not is_positive)
    else:
        yield node, is_positive


def superset(node: Node, weaken: Callable[[Said], Node]) -> Node:
    """A tree that finds at least as much, made by weakening what was said.

    `weaken` gives the leaf itself where an index can decide it, else a node that finds more. An excluded leaf that the
    index cannot decide must exclude nothing.
    """

    def change(leaf: Leaf, is_positive: bool) -> Node:
        if not isinstance(leaf, Said):
            return leaf
        weaker = weaken(leaf)
        return weaker if is_positive or weaker == leaf else NOTHING

    return replace_leaves(node, change)


def doubtful(node: Node, weaken: Callable[[Said], Node]) -> Node:
    """The part of a tree that `superset` leaves open: EVERYTHING when the index decides all of it."""
    parts = node.nodes if isinstance(node, All) else (node,)
    return all_of(
        *(
            part
            for part in parts
            if any(isinstance(leaf, Said) and weaken(leaf) != leaf for leaf, _is_positive in leaves(part))
        )
    )
