"""Every question goes by the index, also where a database thinks that reading everything would be cheaper."""

from __future__ import annotations

import pytest

from tests.search import worlds
from tests.search.plans import QUESTIONS, TWELVE_TAGS, check_plans


@pytest.mark.django_db
# of a few hundred calls twelve tags cost the same either way, and nobody waits for either
@pytest.mark.parametrize(("calls", "left_out"), [(300, {TWELVE_TAGS}), (1_000, set()), (2_000, set())])
def test_every_question_to_few_calls_goes_by_the_index(calls, left_out):
    worlds.make_calls(calls)

    check_plans([question for question in QUESTIONS if question not in left_out])
