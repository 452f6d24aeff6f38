"""What people made of calls is counted in the filter column: reviews, labels, and whether there is a transcript."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.models import Call, CallTask, TaskScope
from reviews.models import Label
from reviews.models.judged import note_judged
from reviews.opinions import labelling
from tests.builders import ROOT, make_call
from tests.reviews.builders import FINE, WRONG, finish, make_pair, make_review

pytestmark = pytest.mark.django_db


def counts(query: str, field: str, reader: User = ROOT, depth: Depth = Depth.NEWEST) -> dict[str, int | None]:
    form = CallFilterForm(QueryDict(query), reader=reader)
    facet = next(facet for facet in Facets(form, depth) if facet.field == field)
    return {option.value: option.count for option in [*facet.options, *facet.rest]}


def reviewed(by: User, *scores: float | None) -> list[Call]:
    calls = [make_call() for _score in scores]
    for call, score in zip(calls, scores, strict=True):
        note_judged(make_review(call, by, score=score, passed=None if score is None else score >= 60))
    return calls


@pytest.mark.parametrize("depth", Depth)
def test_a_review_that_passed_or_failed_is_a_review(rui, depth):
    reviewed(rui, 90.0, 80.0, 10.0, None)
    make_call()

    assert counts("", "review", depth=depth) == {"yes": 4, "no": 1, "passed": 2, "failed": 1}


def test_a_ticked_review_leaves_the_others_counted_and_narrows_the_rest(rui):
    [good, *_others] = reviewed(rui, 90.0, 10.0)
    Call.objects.filter(pk=good.pk).update(intent="A")

    assert counts("review=failed", "review") == {"yes": 2, "no": 0, "passed": 1, "failed": 1}
    assert counts("review=failed", "transcript") == {"yes": 1, "no": 0}


def test_whoever_may_not_see_scores_is_told_of_reviews_and_not_what_they_came_to(rui, su):
    reviewed(su, 90.0, 10.0)

    assert counts("", "review", rui) == {"yes": 2, "no": 0}
    assert counts("", "review", su) == {"yes": 2, "no": 0, "passed": 1, "failed": 1}


def test_of_half_a_pair_nobody_learns_the_verdict_from_a_number(rui, su):
    call = make_call()
    first, second = make_pair(call)

    note_judged(finish(first, rui, WRONG))
    assert counts("", "review", su) == {"yes": 1, "no": 0, "passed": 0, "failed": 0}

    note_judged(finish(second, su, FINE))
    found = counts("", "review", su)
    assert (found["yes"], found["no"]) == (1, 0)
    assert (found["passed"] or 0) + (found["failed"] or 0) == 1


def test_labels_are_counted_by_number_whatever_they_are_called(rui):
    often, once, never = (Label.objects.create(name=name) for name in ("a", "b", "c"))
    for label in (often, often, once):
        labelling.put_on(make_call(), label, rui)
    labelling.put_on(Call.objects.earliest("pk"), once, rui)

    assert counts("", "label") == {str(often.pk): 2, str(once.pk): 2, str(never.pk): 0}
    assert counts(f"label={often.pk}", "label") == {str(often.pk): 2, str(once.pk): 2, str(never.pk): 0}
    assert counts(f"label={often.pk}", "result")["answered"] == 2
    Label.objects.filter(pk=often.pk).update(name="z")
    assert counts("", "label")[str(often.pk)] == 2


def test_a_label_that_is_taken_off_counts_no_more(rui):
    call, label = make_call(), Label.objects.create(name="a")
    labelling.put_on(call, label, rui)
    labelling.take_off(call, label)

    assert counts("", "label") == {str(label.pk): 0}


def test_a_transcript_is_there_or_not(reviewer_client):
    make_call()
    make_call(turns=())

    assert counts("", "transcript") == {"yes": 1, "no": 1}
    assert counts("transcript=no", "transcript") == {"yes": 1, "no": 1}
    assert counts("transcript=no&transcript=yes", "result")["answered"] == 2
    page = reviewer_client.get("/").text
    assert re.search(r'name="transcript" value="no".*?facet__count">1<', page, re.DOTALL)


def test_only_calls_that_a_reader_may_see_are_counted(rui, su):
    mine, other = make_call(task_id="1"), make_call(task_id="2")
    label = Label.objects.create(name="a")
    for call in (mine, other):
        note_judged(make_review(call, su))
        labelling.put_on(call, label, su)
    task, _is_new = CallTask.objects.get_or_create(source=mine.source, task_id="1")
    TaskScope.objects.create(user=rui).tasks.add(task)

    assert counts("", "review", rui) == {"yes": 1, "no": 0}
    assert counts("", "label", rui, Depth.WHOLE) == {str(label.pk): 1}
