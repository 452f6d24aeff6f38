"""What may be asked about reviews: nobody who may have to give a verdict blindly learns another's, neither from what a
list shows nor from what it finds or sorts by.
"""

from __future__ import annotations

from django.contrib.auth.models import User

from calls.models.search import Sort
from calls.search.query import Mistake, Query
from calls.search.tree import Between, Measure

BY_SCORE = (Sort.LOWEST_SCORE, Sort.HIGHEST_SCORE)


def sees_scores(reader: User | None) -> bool:
    return reader is not None and reader.has_perm("reviews.see_reviews")


def without_scores(query: Query) -> Query:
    """For whoever may not see them."""
    return query.without(lambda leaf: isinstance(leaf, Between) and leaf.measure == Measure.SCORE, Mistake.NOT_SHOWN)
