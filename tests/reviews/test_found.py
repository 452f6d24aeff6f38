"""Calls are found by their labels, and found and sorted by their scores, from the moment that these change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.filters import CallFilterForm
from calls.models import Call, ListPreference, SavedView, indexing, rebuilding, search
from calls.models.absorbing import absorb
from calls.search.index import index_for
from calls.selection import Selection
from reviews.models import Label, Labelled, QueueItem, Review
from reviews.models.judged import note_judged
from reviews.opinions import labelling
from reviews.opinions.disputing import raise_dispute, resolve
from reviews.reviewing import beginning, holding, judging
from reviews.reviewing.seen import digest_of
from reviews.scoring import Answer
from reviews.vocabulary import DisputeState, SkipReason
from tests.builders import ROOT, make_answer, make_call, make_snapshot
from tests.exports import export, rows
from tests.reviews.builders import FINE, WRONG, make_item, make_pair, make_queue, make_review

pytestmark = pytest.mark.django_db


def found(query: str, reader: User | None = ROOT) -> list[int]:
    form = CallFilterForm(QueryDict(query), reader=reader)
    ids = search.find(form.query, form.filters(), sort=form.order).ids
    assert search.count(form.query, form.filters()) == len(ids)
    return ids


def labelled(*names: str) -> Call:
    call = make_call()
    for name in names:
        labelling.put_on(call, Label.objects.get_or_create(name=name)[0], somebody())
    return call


def somebody() -> User:
    return User.objects.get_or_create(username="labels")[0]


def scored(score: float | None, by: User, **fields: object) -> Call:
    call = make_call(**fields)
    note_judged(make_review(call, by, score=score))
    return call


class TestLabels:
    def test_calls_are_found_by_the_name_of_a_label_in_any_case_and_width(self):
        wanted, other, bare = labelled("VIP 客户"), labelled("回访"), make_call()

        assert found("q=label:回访") == found("q=标记:回访") == [other.pk]
        assert found('q=label:"ｖｉｐ 客户"') == [wanted.pk]
        assert found("q=-label:回访") == [bare.pk, wanted.pk]
        assert found("q=label:VIP") == found("q=label:nobody") == []
        assert found("q=has:label") == [other.pk, wanted.pk]
        assert found("q=-有:标记") == [bare.pk]

    def test_a_tag_of_the_vendor_is_no_label(self):
        labelled("加微信")

        assert found("q=tag:加微信") == []

    def test_of_chosen_labels_one_is_enough(self):
        first, second, _bare = labelled("a"), labelled("b"), make_call()
        a, b = Label.objects.order_by("name").values_list("pk", flat=True)

        assert found(f"label={a}") == [first.pk]
        assert found(f"label={a}&label={b}") == [second.pk, first.pk]
        assert found(f"label={a}&q=label:b") == []

    def test_a_label_is_found_from_the_moment_it_is_put_on_until_it_is_taken_off(self, reviewer_client):
        call, label = make_call(), Label.objects.create(name="回访")

        reviewer_client.post(reverse("call_labels", args=[call.pk]), {"label": label.pk})
        assert found("q=label:回访") == [call.pk]

        reviewer_client.post(reverse("call_labels", args=[call.pk]), {"label": label.pk, "on": "no"})
        assert found("q=label:回访") == found("q=has:label") == []

    def test_another_name_holds_at_once_and_touches_no_call(self, admin_client):
        call = labelled("回访")
        before = index_for(connection).entries([call.pk])

        with CaptureQueriesContext(connection) as queries:
            admin_client.post(reverse("label_change", args=[Label.objects.get().pk]), {"name": "再联系"})

        assert found("q=label:再联系") == [call.pk]
        assert found("q=label:回访") == []
        assert index_for(connection).entries([call.pk]) == before
        assert not [query for query in queries if "calls_searchentry" in query["sql"]]

    def test_a_label_that_is_deleted_finds_nothing_nor_does_the_next_one(self):
        call = labelled("回访")

        Label.objects.get().delete()
        again = Label.objects.create(name="回访")

        assert found("q=label:回访") == found(f"label={again.pk}") == found("q=has:label") == []
        assert found("q=-has:label") == [call.pk]

    def test_a_label_that_becomes_part_of_another_is_found_as_that_one(self):
        """As a later merging would do it."""
        call = labelled("回访")
        other = Label.objects.create(name="再联系")

        with indexing.changing([call.pk]):
            Labelled.objects.update(label=other)

        assert found("q=label:再联系") == [call.pk]
        assert found("q=label:回访") == []

    def test_a_call_that_went_and_came_back_is_found_by_its_label(self):
        snapshot = make_snapshot()
        call = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call
        labelling.put_on(call, Label.objects.create(name="回访"), somebody())
        Call.objects.filter(pk=call.pk).delete()
        assert found("q=label:回访") == []

        again = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call

        assert found("q=label:回访") == [again.pk]

    def test_a_call_that_got_another_name_keeps_its_labels(self):
        call = labelled("回访")
        Call.objects.filter(pk=call.pk).update(key="138000/139000/moved")
        call.refresh_from_db()

        indexing.index_calls([call.pk])

        assert found("q=label:回访") == [call.pk]
        assert [one.label.name for one in labelling.labels_on(call)] == ["回访"]
        labelling.take_off(call, Label.objects.get())
        assert found("q=label:回访") == []

    def test_a_rebuilt_index_knows_labels_and_scores(self, rui):
        call = labelled("回访")
        note_judged(make_review(call, rui, score=42.0))

        rebuilding.rebuild()

        assert found("q=label:回访 score:42") == [call.pk]


class TestTheColumnOfLabels:
    def test_labels_are_offered_ticked_and_named_on_a_chip(self, reviewer_client):
        call, _other = labelled("回访"), labelled("VIP")
        label = Label.objects.get(name="回访")

        page = reviewer_client.get(f"/?label={label.pk}").text

        assert re.search(rf'name="label" value="{label.pk}"[^>]* checked', page)
        assert 'lang="zh-Hans">回访' not in page and "Label: 回访" in page
        assert shown(page) == [call.pk]

    def test_where_there_are_no_labels_none_are_offered(self, reviewer_client):
        make_call()

        assert ">Label<" not in reviewer_client.get("/").text

    def test_retired_ones_come_last(self, reviewer_client):
        labelled("b"), labelled("a"), labelled("c")
        Label.objects.filter(name="a").update(retired_at=timezone.now())

        page = reviewer_client.get("/").text

        offered = re.findall(r'name="label" value="(\d+)"', page)
        names = dict(Label.objects.values_list("pk", "name"))
        assert [names[int(pk)] for pk in offered] == ["b", "c", "a"]

    def test_a_label_that_is_gone_is_said_and_left_out(self, reviewer_client):
        call = labelled("回访")

        page = reviewer_client.get("/?label=99999").text

        assert "There is no such choice. It was left out." in page
        assert shown(page) == [call.pk]

    def test_a_row_shows_them_where_the_column_was_chosen(self, reviewer_client, rui):
        labelled("回访", "<b>")
        make_call()

        assert "cell--labels" not in reviewer_client.get("/").text
        ListPreference.keep(rui, columns=["time", "labels"])
        page = reviewer_client.get("/").text

        cells = re.findall(r'<span class="cell cell--labels".*?(?=</div>)', page)
        assert [re.findall(r"</svg>([^<]*)<", cell) for cell in cells][-2:] == [[], ["&lt;b&gt;", "回访"]]

    def test_the_list_asks_once_for_all_labels_it_shows(self, reviewer_client, rui):
        def statements() -> int:
            with CaptureQueriesContext(connection) as queries:
                reviewer_client.get("/")
            return len([query for query in queries if "reviews_label" in query["sql"]])

        ListPreference.keep(rui, columns=["time", "labels"])
        labelled("a")
        few = statements()
        for _call in range(12):
            labelled("a", "b", "c")

        assert statements() == few <= 3

    def test_a_saved_view_and_a_selection_ask_for_labels_as_the_list_does(self, reviewer_client, rui):
        call, _other = labelled("回访"), make_call()
        label = Label.objects.get()
        view = SavedView.objects.create(owner=rui, name="回访", query=f"label={label.pk}")

        assert shown(reviewer_client.get(view.get_absolute_url()).text) == [call.pk]
        assert "Label: 回访" in reviewer_client.get("/views/").text
        assert Selection(f"label={label.pk}", reader=rui).count() == 1

    def test_an_export_holds_them(self, su):
        labelled("回访", "a")

        assert rows(export(su, question="q=has:label", columns=["labels"])) == [["Labels"], ["a; 回访"]]


class TestScores:
    def test_calls_are_found_by_their_score(self, rui):
        low, middle, high = scored(33.33, rui), scored(66.67, rui), scored(100.0, rui)
        bare, uncounted = make_call(), scored(None, rui)

        assert found("q=score:<60") == [low.pk]
        assert found("q=得分:>=66.67") == [high.pk, middle.pk]
        assert found("q=score:66.7") == found("q=score:66.67") == [middle.pk]
        assert found("q=score:0-100") == [high.pk, middle.pk, low.pk]
        assert found("q=-score:<60") == [uncounted.pk, bare.pk, high.pk, middle.pk]

    def test_lists_stand_by_score_and_calls_without_one_come_last(self, rui):
        middle, bare, high, low, same = (
            scored(66.67, rui),
            make_call(),
            scored(100.0, rui),
            scored(66.66, rui),
            scored(66.67, rui),
        )

        assert found("sort=lowest-score") == [low.pk, same.pk, middle.pk, high.pk, bare.pk]
        assert found("sort=highest-score") == [high.pk, same.pk, middle.pk, low.pk, bare.pk]

    @pytest.mark.parametrize("sort", ["lowest-score", "highest-score"])
    def test_ticked_calls_stand_as_in_the_list(self, rui, sort):
        calls = [scored(score, rui) for score in (60.0, 5.25, None, 60.0)] + [make_call()]
        keys = tuple(call.pk for call in calls)

        [ticked] = Selection(f"sort={sort}", keys, reader=ROOT).slices()

        assert list(ticked.pks) == found(f"sort={sort}")

    @pytest.mark.parametrize("sort", ["lowest-score", "highest-score"])
    def test_ticked_calls_whose_scores_look_the_same_stand_as_in_the_list(self, rui, sort):
        keys = tuple(scored(score, rui).pk for score in (66.668, 66.672, 66.67))

        [ticked] = Selection(f"sort={sort}", keys, reader=ROOT).slices()

        assert list(ticked.pks) == found(f"sort={sort}") == sorted(keys, reverse=True)

    def test_a_finished_review_counts_until_it_is_taken_back(self, rui):
        item = make_item(make_queue(), make_call())
        assert found("q=score:>=0") == []

        review = really_finished(item, rui, WRONG)
        assert found("q=score:66.7") == [item.call_id]

        judging.undo(review, rui)
        assert found("q=score:>=0") == []

    def test_a_review_that_is_opened_again_has_no_score(self, rui):
        call = scored(66.67, rui)

        judging.reopen(Review.objects.get(), rui, "漏听一句")

        assert found("q=score:>=0") == []
        assert found("q=reviewed:no") == [call.pk]

    def test_a_dispute_that_is_accepted_changes_the_score(self, rui, su):
        call = make_call()
        review = make_review(call, rui, WRONG)
        note_judged(review)
        assert found("q=score:66.7") == [call.pk]

        dispute = raise_dispute(review.marks.get(criterion="answer"), rui, "他回答了", [])
        assert found("q=score:66.7") == [call.pk]
        resolve(dispute, su, DisputeState.ACCEPTED, "是的", Answer("pass"))

        assert found("q=score:100") == [call.pk]
        assert found("q=score:<100") == []

    def test_the_score_is_known_when_the_second_opinion_is_given(self, rui, su):
        first, second = make_pair(make_call())

        really_finished(first, rui, WRONG)
        assert found("q=score:>=0") == []
        assert found("q=reviewed:yes") == [first.call_id]

        really_finished(second, su, FINE)
        assert found("q=score:66.7") == [first.call_id]

    def test_the_score_is_known_when_no_second_opinion_comes(self, rui, su):
        first, second = make_pair(make_call())
        really_finished(first, rui, WRONG)
        assert holding.take(second, su)
        second.refresh_from_db()

        holding.skip(second, str(second.token), SkipReason.OTHER, "没有声音", su)

        assert found("q=score:66.7") == [first.call_id]

    def test_a_call_that_went_and_came_back_has_its_score(self, rui):
        snapshot = make_snapshot()
        call = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call
        note_judged(make_review(call, rui, score=42.0))
        Call.objects.filter(pk=call.pk).delete()
        assert found("q=score:42") == []

        again = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call

        assert found("q=score:42") == [again.pk]

    def test_a_review_that_is_deleted_counts_no_more(self, rui):
        call = scored(42.0, rui)

        with indexing.changing([call.pk]):
            Review.objects.all().delete()

        assert found("q=score:>=0") == []

    def test_the_newest_review_decides(self, rui, su):
        call = make_call()
        for score, hours in ((10.0, 3), (20.0, 1), (30.0, 2)):
            review = make_review(call, rui, score=score, finished_at=timezone.now() - timedelta(hours=hours))
            note_judged(review)

        assert found("q=score:20") == [call.pk]


class TestWhoMayNotSeeScores:
    def test_learns_nothing_by_asking(self, rui, su, reviewer_client):
        low, high = scored(10.0, su), scored(90.0, su)

        assert found("q=score:<60", rui) == found("q=-score:<60", rui) == [high.pk, low.pk]
        page = reviewer_client.get("/?q=score:<60").text
        assert "Only people who see everybody&#x27;s reviews can ask for scores. Left out: score:&lt;60" in page
        assert found("q=score:<60", su) == [low.pk]

    def test_learns_nothing_by_sorting(self, rui, su, reviewer_client, supervisor_client):
        low, high = scored(10.0, su), scored(90.0, su)

        assert found("sort=lowest-score", rui) == found("sort=highest-score", rui) == [high.pk, low.pk]
        for user in (rui, su):
            ListPreference.keep(user, columns=["time", "review"])
        page = reviewer_client.get("/?sort=lowest-score").text
        assert "There is no such choice" in page
        assert "highest-score" not in page
        assert "sort=highest-score" in supervisor_client.get("/?sort=lowest-score").text

    def test_finds_the_rest_of_the_question(self, rui, su):
        call = scored(10.0, su, duration=77)
        scored(10.0, su, duration=5)

        assert found("q=score:<5 dur:77", rui) == [call.pk]
        assert found("q=退款 score:<5 OR dur:77", rui) == [call.pk]
        assert found("q=score:<5 OR dur:77", rui) == [call.pk]
        assert found("q=dur:77 OR score:<60 OR score:>2", rui) == [call.pk]

    def test_learns_nothing_from_numbers_pages_or_the_filter_column(self, su, reviewer_client):
        for score in (10.0, 90.0):
            scored(score, su)
        addresses: list[Callable[[str], str]] = [
            lambda asked: f"/?{asked}",
            lambda asked: f"/facets/?{asked}",
            lambda asked: f"/?{asked}&total=all",
        ]

        for address in addresses:
            low, high = (
                without_the_question(reviewer_client.get(address(f"q=score%3A{score}")).text) for score in ("10", "90")
            )
            assert low == high

    def test_is_told_of_no_such_field(self, reviewer_client, supervisor_client):
        assert "score:" not in reviewer_client.get("/").text
        assert "score:" in supervisor_client.get("/").text

    def test_a_selection_that_rests_on_scores_is_not_understood(self, rui, su):
        assert Selection("q=score:<60", reader=su).is_understood
        assert not Selection("q=score:<60", reader=rui).is_understood
        assert not Selection("sort=lowest-score", reader=rui).is_understood

    def test_nobody_knows_a_first_opinion_before_the_second(self, rui, su):
        first, _second = make_pair(make_call())
        other = scored(50.0, rui)
        really_finished(first, rui, WRONG)

        assert found("q=score:>=0", su) == [other.pk]
        assert found("sort=highest-score", su) == [other.pk, first.call_id]

    @pytest.mark.parametrize("takes_back", [judging.undo, judging.reopen])
    @pytest.mark.parametrize("is_second", [True, False])
    def test_nor_the_other_one_while_a_given_opinion_is_opened_again(self, takes_back, is_second, rui, su):
        first, second = make_pair(make_call())
        other = scored(50.0, rui)
        given = really_finished(first, rui, WRONG), really_finished(second, su, FINE)
        assert found("q=score:66.7", su) == [first.call_id]

        opened = given[is_second]
        takes_back(opened, opened.reviewer)

        assert found("q=score:>=0", su) == found("review=passed&review=failed", su) == [other.pk]
        assert found("sort=highest-score", su) == [other.pk, first.call_id]

    def test_nor_when_the_call_comes_back(self, rui, su):
        snapshot = make_snapshot()
        call = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call
        first, _second = make_pair(call)
        really_finished(first, rui, WRONG)
        Call.objects.filter(pk=call.pk).delete()

        again = absorb(make_answer(snapshot), asked_at=timezone.now(), replay=False).call

        assert found("q=reviewed:yes", su) == [again.pk]
        assert found("q=score:>=0", su) == []


def really_finished(item: QueueItem, by: User, answers: dict[str, Answer]) -> Review:
    """By the doors that pages use."""
    held = QueueItem.objects.get(pk=item.pk)
    assert held.call and holding.take(held, by)
    held.refresh_from_db()
    review = beginning.start(by, held.call, held.queue.scorecard.versions.get(), held)
    draft = judging.Draft(answers | {"intent": Answer("b")})
    return judging.finish(review, draft, digest_of(held.call), str(held.token))


def shown(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'name="call" value="(\d+)"', page)]


def without_the_question(page: str) -> str:
    """Nor the token of its forms, which is another one each time."""
    return re.sub(r"[A-Za-z0-9]{64}|score(%3A|:)\d+", "", page)
