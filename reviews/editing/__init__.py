"""A scorecard while somebody writes it: what was typed, exactly as it was typed, until it is one."""

from reviews.editing.typed import Typed, TypedCriterion, TypedOption, TypedSection
from reviews.editing.verbs import apply, settle

__all__ = ["Typed", "TypedCriterion", "TypedOption", "TypedSection", "apply", "settle"]
