"""Every question goes by the index, also where a database thinks that reading everything would be cheaper."""

from __future__ import annotations

import pytest

from tests.search import worlds
from tests.search.plans import check_plans


@pytest.mark.django_db
# of a few hundred calls twelve tags cost the same either way, and nobody waits for either
@pytest.mark.parametrize("calls", [1_000, 2_000])
def test_every_question_to_few_calls_goes_by_the_index(calls):
    worlds.make_calls(calls)

    check_plans()
