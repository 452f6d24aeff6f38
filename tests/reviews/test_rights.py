"""Every address of reviews stands in a matrix of rights, and what is about a call is tried from outside its task."""

from __future__ import annotations

from reviews import urls
from tests.reviews import (
    test_rights_board,
    test_rights_opinions,
    test_rights_queues,
    test_rights_review,
    test_rights_scorecards,
)

IN_A_MATRIX = (
    {name for name, _about in test_rights_review.ROUTES}
    | test_rights_board.ROUTES.keys()
    | test_rights_opinions.ROUTES.keys()
    | test_rights_queues.ROUTES.keys()
    | test_rights_scorecards.ROUTES.keys()
)
# each of these asks from outside: the whole table of reviewing, and what the others name
TRIED_FROM_OUTSIDE = (
    {name for name, _about in test_rights_review.ROUTES}
    | test_rights_opinions.ABOUT
    | {"item_put_back", "review_export_file"}
)
# about the house, not about a call: a queue shows its reader those items that they may see, and is there without any
OF_THE_HOUSE = {"board_csv", "label_change", "queue_view", "queue_change", "queue_draw", "queue_state"} | {
    name for name in test_rights_scorecards.ROUTES if name.startswith("scorecard_")
}


def test_every_address_of_reviews_has_a_place_in_a_matrix():
    assert {pattern.name for pattern in urls.urlpatterns} == IN_A_MATRIX


def test_whatever_names_a_thing_is_tried_from_outside_ones_tasks():
    naming = {pattern.name for pattern in urls.urlpatterns if pattern.pattern.converters}

    assert naming - OF_THE_HOUSE == TRIED_FROM_OUTSIDE
