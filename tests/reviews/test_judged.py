"""What the list of calls knows about their reviews."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.filters import CallFilterForm
from calls.models import BulkAction, Call, ListPreference, indexing, search
from calls.models.absorbing import absorb
from calls.search.grammar import parse
from reviews.models import Review
from reviews.models.judged import note_judged
from reviews.scoring import Answer
from reviews.vocabulary import Purpose, ReviewState
from tests.builders import ROOT, make_answer, make_call, make_snapshot
from tests.exports import export, fetched, rows
from tests.reviews.builders import FINE, make_review

pytestmark = pytest.mark.django_db

BAD = {"greeting": Answer("pass"), "answer": Answer("fail"), "goodbye": Answer("fail")}


def reviewed(call: Call, by: User, answers: dict[str, Answer] | None = None, **fields: Any) -> Review:
    """As finishing leaves it."""
    review = make_review(call, by, answers, **fields)
    note_judged(review)
    return review


def found(query: str, reader: User = ROOT) -> set[int]:
    form = CallFilterForm(QueryDict(query), reader=reader)
    ids = search.find(form.query, form.filters()).ids
    assert search.count(form.query, form.filters()) == len(ids)
    return set(ids)


def badges(page: str) -> list[str]:
    return re.findall(r'cell--review">.*?<span class="(?:badge [^"]*|badge|quiet)">([^<]*)<', page)


def client_of(user: User, *, columns: tuple[str, ...] = ("time", "review")) -> Client:
    ListPreference.keep(user, columns=list(columns))
    client = Client()
    client.force_login(user)
    return client


def test_filters_find_calls_by_their_reviews(rui):
    good, bad, untouched = make_call(), make_call(), make_call()
    reviewed(good, rui, FINE)
    reviewed(bad, rui, BAD)

    assert found("review=yes") == {good.pk, bad.pk}
    assert found("review=no") == {untouched.pk}
    assert found("review=passed") == {good.pk}
    assert found("review=failed&review=no") == {bad.pk, untouched.pk}
    assert found("q=reviewed:no") == {untouched.pk}
    assert found("q=-reviewed:no") == {good.pk, bad.pk}


def test_a_review_that_is_taken_back_is_no_review(rui):
    call = make_call()
    review = reviewed(call, rui, FINE)

    Review.objects.filter(pk=review.pk).update(state=ReviewState.DRAFT)
    note_judged(review)

    assert found("review=yes") == set()


@pytest.mark.parametrize("purpose", [Purpose.SECOND, Purpose.CALIBRATION, Purpose.EXPERT])
def test_only_reviews_that_count_are_known(rui, purpose):
    reviewed(make_call(), rui, FINE, purpose=purpose)

    assert found("review=yes") == set()


def test_the_newest_review_decides(rui, su):
    call = make_call()
    reviewed(call, rui, FINE, finished_at=timezone.now() - timedelta(hours=1))
    reviewed(call, su, BAD)
    reviewed(call, rui, FINE, finished_at=timezone.now() - timedelta(hours=2))

    assert found("review=failed") == {call.pk}
    assert found("review=passed") == set()


def test_a_call_that_went_and_came_back_is_reviewed_still(rui):
    snapshot = make_snapshot()
    call = make_call(**{name: getattr(snapshot, name) for name in snapshot.__dataclass_fields__})
    reviewed(call, rui, FINE)
    call.delete()

    again = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call

    assert found("review=passed") == {again.pk}


def test_a_call_that_got_another_name_is_reviewed_still(rui):
    call = make_call()
    reviewed(call, rui, FINE)
    Call.objects.filter(pk=call.pk).update(key="138000/139000/moved")

    indexing.index_calls([call.pk])

    assert found("review=passed") == {call.pk}


@pytest.mark.parametrize(
    ("question", "columns", "is_there"),
    [
        ("", ["time", "review"], False),
        ("review=failed", ["time"], False),
        ("review=no&review=failed", ["time"], False),
        ("sort=lowest-score", ["time"], False),
        ("q=score:<70", ["time"], False),
        ("", ["time", "labels"], True),
        ("review=yes", ["time"], True),
        ("q=reviewed:yes&sort=longest", ["time"], True),
    ],
)
def test_a_file_that_tells_of_scores_goes_with_the_right_to_see_them(rui, su, question, columns, is_there):
    reviewed(make_call(), rui, BAD)
    client, action = client_of(su), export(su, question=question, columns=columns)
    before = fetched(client, action)

    su.user_permissions.set(su.groups.get().permissions.exclude(codename="see_reviews"))
    su.groups.clear()

    assert before == 200
    assert fetched(client, action) == (200 if is_there else 404)
    assert (f"/bulk/{action.pk}/file" in client.get(action.get_absolute_url()).text) is is_there


def test_ticked_calls_tell_of_scores_only_when_they_were_sorted_by_them(rui, su):
    call = make_call()
    reviewed(call, rui, BAD)

    of_a_list, sorted_by_it = (
        export(su, question=question, chosen=[call.pk], columns=["time"])
        for question in ("review=failed", "sort=highest-score")
    )

    assert (of_a_list.has_others, sorted_by_it.has_others) == (False, True)


def test_a_file_of_who_sees_no_scores_tells_of_none(rui, rong):
    reviewed(make_call(), rui, BAD)
    may = ["view_call", "export_call"]
    rong.user_permissions.set(Permission.objects.filter(codename__in=may))

    action = export(rong, columns=["time", "review"])

    assert [row[1] for row in rows(action)[1:]] == ["Reviewed"]
    assert not action.has_others


def test_files_from_before_are_taken_for_what_their_columns_and_question_say(su):
    asked = [("", ["review"]), ("review=failed", ["time"]), ("sort=lowest-score", ["time"]), ("", ["time"])]
    actions = [export(su, question=question, columns=columns) for question, columns in asked]
    BulkAction.objects.update(has_others=False)

    import_module("calls.migrations.0021_closable").say_which_tell_of_scores(apps, None)

    found = BulkAction.objects.in_bulk()
    assert [found[action.pk].has_others for action in actions] == [True, True, True, False]


def test_a_finished_review_of_a_purged_call_disturbs_nobody(rui):
    call = make_call()
    review = reviewed(call, rui, FINE)
    call.delete()
    review.refresh_from_db()

    note_judged(review)

    assert found("") == set()


def test_the_column_says_what_became_of_it(su, rui):
    calls = [make_call() for _call in range(3)]
    reviewed(calls[0], rui, FINE)
    reviewed(calls[1], rui, BAD)

    page = client_of(su).get("/").text

    # newest first
    assert badges(page) == ["–", "Failed 33.3", "Passed 100"]


def test_every_row_says_what_became_of_it_unless_somebody_chose_other_columns(supervisor_client, rui):
    reviewed(make_call(), rui, BAD)
    make_call()

    assert badges(supervisor_client.get("/").text) == ["–", "Failed 33.3"]


def test_whoever_reviews_learns_no_verdict_of_another(su, rui):
    good, bad = make_call(), make_call()
    reviewed(good, su, FINE)
    reviewed(bad, su, BAD)
    client = client_of(rui)

    page = client.get("/").text

    assert badges(page) == ["Reviewed", "Reviewed"]
    assert 'value="failed"' not in page and 'value="failed"' not in client.get("/facets/").text
    assert found("review=failed", rui) == found("review=passed", rui) == {good.pk, bad.pk}
    assert "There is no such choice" in client.get("/?review=failed").text
    assert found("review=yes", rui) == {good.pk, bad.pk}


def test_the_filter_column_offers_reviews_to_supervisors(su):
    make_call()

    page = client_of(su).get("/?review=failed").text

    assert all(f'value="{key}"' in page for key in ("yes", "no", "passed", "failed"))
    assert "Review: Failed" in page


def test_an_export_holds_the_same(su, rui):
    reviewed(make_call(), rui, FINE)
    make_call()

    head, _newer, older = rows(export(su, columns=["review"]))

    assert [head, older] == [["Review"], ["Passed 100"]]


def test_a_page_asks_for_all_its_reviews_at_once_and_only_if_it_shows_them(su, rui):
    def statements(columns: tuple[str, ...]) -> int:
        client = client_of(su, columns=columns)
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len([query for query in queries if "reviews_review" in query["sql"]])

    reviewed(make_call(), rui)
    few = statements(("time", "review"))
    for _call in range(12):
        reviewed(make_call(), rui)

    # for the reviews, and for those whose second opinion is awaited
    assert statements(("time", "review")) == few == 2
    assert statements(("time", "number")) == 0


def test_words_and_reviews_are_one_question(rui):
    call, _other = make_call(), make_call()
    reviewed(call, rui, FINE)

    assert search.find(parse("退款 reviewed:yes")).ids == [call.pk]
