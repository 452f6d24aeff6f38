"""A question as somebody typed it: what was understood, in order, and what was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calls.search.tree import EVERYTHING, Field, Is, Leaf, Node, Said, all_of, leaves, negation_of, some_of


class Mistake(TextChoices):
    """Why a piece of a question was not taken as it stands; %(text)s is the piece, %(hint)s what would do."""

    UNCLOSED_QUOTE = "unclosed_quote", _("The quotation mark before “%(text)s” is not closed.")
    UNOPENED_QUOTE = "unopened_quote", _("The quotation mark after “%(text)s” closes nothing: searched without it.")
    LONE_MINUS = "lone_minus", _("A minus needs a word right after it.")
    LONE_OR = "lone_or", _("OR needs a word on both sides.")
    EMPTY_FIELD = "empty_field", _("“%(text)s” needs something right after the colon.")
    UNKNOWN_FIELD = "unknown_field", _("“%(text)s” is no field: searched as text.")
    NOT_A_NUMBER = "not_a_number", _("“%(text)s” needs a number: for example %(hint)s.")
    UNKNOWN_VALUE = "unknown_value", _("“%(text)s” is not known here. Choose one of: %(hint)s.")
    TOO_LONG = "too_long", _("Only the first %(hint)s characters are searched. Leave out some.")
    TOO_MANY_WORDS = (
        "too_many_words",
        _("Only the first %(hint)s words are searched. Put a sentence in quotation marks."),
    )
    TOO_MANY_EXCLUSIONS = (
        "too_many_exclusions",
        _("Only the first %(hint)s exclusions are looked at. Say what the calls have rather than what they lack."),
    )
    NOT_SHOWN = "not_shown", _("Only people who see everybody's reviews can ask for scores. Left out: %(text)s")
    TOO_MANY_PIECES = "too_many_pieces", _("Only the first %(hint)s parts of the search are looked at.")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was left out. `text` is what was typed, `hint` what would do."""

    mistake: Mistake
    text: str = ""
    hint: tuple[str | Promise, ...] = ()

    def __str__(self) -> str:
        """A sentence in the reader's language."""
        return str(self.mistake.label) % {"text": self.text[:40], "hint": ", ".join(map(str, self.hint))}


@dataclass(frozen=True, slots=True)
class Part:
    """One understood piece. `is_alternative`: joined to the piece before it by OR. `text` is what was typed."""

    leaf: Leaf
    text: str
    is_excluded: bool = False
    is_alternative: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed question. It always has a meaning: what was not understood is in `problems` and left out."""

    text: str = ""
    parts: tuple[Part, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def tree(self) -> Node:
        """OR binds its two neighbours closer than a blank does: `a b OR c` is a and one of b, c."""
        groups: list[list[Node]] = []
        for part in self.parts:
            node = negation_of(part.leaf) if part.is_excluded else part.leaf
            if part.is_alternative:
                groups[-1].append(node)
            else:
                groups.append([node])
        return all_of(*(some_of(*group) for group in groups))

    @property
    def is_empty(self) -> bool:
        return self.tree == EVERYTHING

    def without(self, is_left_out: Callable[[Leaf], bool], mistake: Mistake) -> Query:
        """The same question without these pieces, which is said."""
        kept: list[Part] = []
        left_out: list[str] = []
        is_begun = False  # whether something is kept that the next piece can be an alternative to
        for part in self.parts:
            is_begun = is_begun and part.is_alternative
            if is_left_out(part.leaf):
                left_out.append(part.text)
            else:
                kept.append(replace(part, is_alternative=is_begun))
                is_begun = True
        if not left_out:
            return self
        return replace(self, parts=tuple(kept), problems=(*self.problems, Problem(mistake, " ".join(left_out))))

    @property
    def said(self) -> tuple[Said, ...]:
        """What to highlight: everything that was asked to be said, without what was excluded."""
        found = (leaf for leaf, is_positive in leaves(self.tree) if is_positive and isinstance(leaf, Said))
        return tuple(dict.fromkeys(found))

    @property
    def names_one_call(self) -> bool:
        """Whether it is nothing but one id, so that a single hit is what was meant."""
        tree = self.tree
        return isinstance(tree, Is) and tree.field == Field.ID
