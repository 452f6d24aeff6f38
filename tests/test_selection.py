"""Which calls are meant, and refreshing them together."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from calls import slices
from calls.models import BulkAction, Call, Job
from calls.models.job import LeaseLost
from calls.models.search import Sort
from calls.refresh import ask_bulk_refresh, bulk
from calls.selection import MOST_CHOSEN, Selection
from calls.tasks import run_job
from calls.vocabulary import CallResult, JobKind, JobState, Priority
from tests.builders import NOON, ROOT, make_call, make_snapshot
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db


def posted(query: str) -> Selection:
    return Selection.posted(QueryDict(query), ROOT)


def keys(selection: Selection, size: int = 500) -> list[int]:
    return [pk for part in selection.slices(size=size) for pk in part.pks]


def some_calls(count: int) -> list[Call]:
    """Newest first."""
    return [make_call(started_at=NOON - timedelta(minutes=number), duration=number) for number in range(count)]


def work(job: Job | None) -> Job:
    assert job is not None
    run_job(job.pk)
    job.refresh_from_db()
    return job


def claimed(action: BulkAction) -> Job:
    assert action.job is not None
    job = Job.objects.claim(action.job.pk)
    assert job is not None
    return job


# ---- What is meant


def test_ticked_calls_come_in_the_order_of_the_list():
    first, second, third = some_calls(3)

    assert keys(posted(f"call={third.pk}&chosen={second.pk},{first.pk},{third.pk}")) == [first.pk, second.pk, third.pk]
    assert keys(posted(f"chosen={first.pk},{third.pk}&question=sort%3Dlongest")) == [third.pk, first.pk]


def test_everything_is_what_matches_when_it_is_asked():
    answered, *_ = some_calls(3)
    selection = posted("everything=1&question=result%3Danswered")
    late = make_call(started_at=NOON - timedelta(days=1))
    make_call(result=CallResult.BUSY)

    assert selection.count() == 4
    assert keys(selection)[0] == answered.pk
    assert keys(selection)[-1] == late.pk


@pytest.mark.parametrize("everything", [True, False])
def test_parts_go_on_where_the_last_one_ended_whatever_was_done_meanwhile(everything):
    calls = some_calls(7)
    chosen = None if everything else tuple(call.pk for call in calls)
    selection = Selection("sort=longest", chosen, reader=ROOT)
    first = next(selection.parts(size=3))
    # what the list's order rests on, and what a place could count
    Call.objects.filter(pk=calls[0].pk).delete()
    Call.objects.filter(pk=calls[-1].pk).update(duration=999)

    rest = [pk for part in selection.parts(first.place, size=3) for pk in part.pks]

    assert [*first.pks, *rest] == [call.pk for call in calls]


@pytest.mark.parametrize("sort", Sort)
def test_ticked_calls_stand_as_in_the_list_in_every_order(sort):
    talk = make_snapshot().turns
    for number, seconds in enumerate((30, 0, None, 30, 95, 0, 7, 95)):
        make_call(duration=seconds, turns=talk[: number % 4])
    listed = Selection(f"sort={sort}", reader=ROOT)
    keys = [pk for part in listed.slices() for pk in part.pks]

    ticked = Selection(f"sort={sort}", tuple(sorted(keys)), reader=ROOT)

    assert len(keys) == 8
    assert [pk for part in ticked.slices(size=3) for pk in part.pks] == keys


def test_a_call_that_has_gone_is_not_meant_any_more():
    first, second = some_calls(2)
    selection = posted(f"call={first.pk}&call={second.pk}")
    first.delete()

    assert keys(selection) == [second.pk]


@pytest.mark.parametrize("nothing", ["", "call=", "call=x&chosen=-1,0,99999999999999999999,%00,１", "question=q%3D1"])
def test_no_call_is_a_sentence(nothing):
    with pytest.raises(ValidationError, match="No call is selected"):
        posted(nothing)


def test_too_many_ticks_are_a_sentence():
    with pytest.raises(ValidationError, match="At most 10,000 calls"):
        posted("chosen=" + ",".join(map(str, range(1, MOST_CHOSEN + 2))))


def test_a_question_is_kept_as_it_was_understood():
    selection = posted("everything=1&question=result%3Danswered%26hung%3Dnonsense%26other%3D1%26after%3D5")

    assert selection.question == "result=answered"
    assert selection.is_understood
    assert not Selection("result=nonsense", reader=ROOT).is_understood


# ---- Refreshing


def test_a_few_calls_are_asked_for_at_once(su):
    calls = some_calls(3)
    unknown = make_call(batch_id="")

    action = ask_bulk_refresh(posted("everything=1"), count=4, asked_by=su)

    jobs = Job.objects.filter(kind=JobKind.REFRESH)
    assert {job.call_id for job in jobs} == {call.pk for call in calls}
    assert set(jobs.values_list("priority", flat=True)) == {Priority.PEOPLE}
    assert (action.affected, action.left_out) == (3, 1)
    assert action.finished_at
    assert unknown.ref is None


def test_a_call_that_comes_between_counting_and_asking_is_asked_for_as_well(su):
    make_call()
    selection = Selection(reader=ROOT)
    count = selection.count()
    make_call()

    action = ask_bulk_refresh(selection, count=count, asked_by=su)

    assert (action.affected, action.left_out) == (2, 0)


def test_many_calls_are_asked_for_by_a_worker_behind_everything_else(su, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    some_calls(3)
    make_call(batch_id="")

    action = ask_bulk_refresh(posted("everything=1"), count=4, asked_by=su)
    assert not Job.objects.filter(kind=JobKind.REFRESH).exists()
    job = work(action.job)

    action.refresh_from_db()
    jobs = Job.objects.filter(kind=JobKind.REFRESH)
    assert job.state == JobState.DONE, job.last_message
    assert (job.done, job.total) == (4, 4)
    assert set(jobs.values_list("priority", "bulk")) == {(Priority.BULK, action.pk)}
    assert (jobs.count(), action.affected, action.left_out) == (3, 3, 1)


def test_a_refresh_somebody_waits_for_is_not_asked_for_twice(su, rui, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    first, _second = some_calls(2)
    assert first.ref is not None
    theirs = Job.objects.ask(JobKind.REFRESH, str(first.ref), call=first, asked_by=rui)

    action = ask_bulk_refresh(posted("everything=1"), count=2, asked_by=su)
    work(action.job)
    assert action.refreshes == {JobState.PENDING: 2}
    action.cancel()

    theirs.refresh_from_db()
    assert theirs.state == JobState.PENDING
    assert action.refreshes == {JobState.PENDING: 1, JobState.CANCELLED: 1}


def test_a_second_click_asks_for_nothing_twice(su, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    some_calls(3)

    first, second = (ask_bulk_refresh(posted("everything=1"), count=3, asked_by=su) for _click in range(2))

    assert first == second
    assert Job.objects.count() == 1


def test_a_killed_worker_asks_for_no_slice_twice(su, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    some_calls(5)
    action = ask_bulk_refresh(posted("everything=1"), count=5, asked_by=su)
    first = claimed(action)
    action.refresh_from_db()
    parts = posted("everything=1").parts(size=2)
    part = next(parts)
    bulk.ask_slice(action, Call.objects.filter(pk__in=part.pks), part)  # and then the worker dies
    # what it had asked for is done meanwhile, so that asking again would be seen
    Job.objects.filter(kind=JobKind.REFRESH).update(state=JobState.DONE)
    Job.objects.filter(pk=first.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    Job.objects.take_back()
    job = work(action.job)

    action.refresh_from_db()
    assert job.state == JobState.DONE
    assert action.affected == 5
    assert Job.objects.filter(kind=JobKind.REFRESH).count() == 5


def test_a_cancelled_bulk_refresh_stops_with_the_slice(su, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    some_calls(3)
    action = ask_bulk_refresh(posted("everything=1"), count=3, asked_by=su)
    job = claimed(action)
    action.cancel()

    with pytest.raises(LeaseLost):
        slices.carry_out(job)

    assert not Job.objects.filter(kind=JobKind.REFRESH).exists()
    assert not action.is_open


def test_filters_that_mean_nothing_any_more_are_a_sentence(su, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    action = ask_bulk_refresh(Selection("result=gone", reader=su), count=5, asked_by=su)

    job = work(action.job)

    assert job.state == JobState.FAILED
    assert job.last_message == "The filters of this selection have changed since. Select the calls again."


# ---- The pages


def test_the_list_has_a_box_in_every_row_and_one_form(reviewer_client):
    call = make_call()

    page = reviewer_client.get("/?result=answered&when=nonsense").text

    assert f'name="call" value="{call.pk}" form="selection"' in page
    assert 'name="question" value="result=answered"' in page
    assert 'formaction="/bulk/export/"' not in page


def test_a_supervisor_may_export(supervisor_client):
    make_call()

    assert 'formaction="/bulk/export/"' in supervisor_client.get("/").text


def test_refreshing_a_selection_leads_to_its_page(reviewer_client):
    first, second, _third = some_calls(3)

    response = reviewer_client.post("/bulk/refresh/", {"call": [first.pk], "chosen": str(second.pk)}, follow=True)

    assert "0 of 2 refreshed" in response.text
    assert "2 selected calls" in response.text
    assert 'hx-trigger="every 2s"' in response.text


def test_a_page_that_is_read_while_its_action_ends_shows_the_end(reviewer_client, rui, monkeypatch):
    """It asks again only while something is open."""
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    make_call()
    action = ask_bulk_refresh(Selection(reader=rui), count=1, asked_by=rui)

    def ends() -> None:
        work(action.job)
        Job.objects.filter(kind=JobKind.REFRESH).update(state=JobState.DONE)

    with meanwhile(ends, after="SELECT FROM calls_bulkaction WHERE LIMIT"):
        page = reviewer_client.get(action.get_absolute_url()).text

    assert "nothing is waiting any more" in page
    assert "Try again" not in page


def test_the_page_of_a_bulk_action_has_a_slice_for_htmx(reviewer_client):
    action = reviewer_client.post("/bulk/refresh/", {"call": [make_call().pk]})
    url = action.headers["Location"]

    page, part = (
        # masked anew for every answer
        re.sub(r'(name="csrfmiddlewaretoken" value)="\w+"', r"\1", reviewer_client.get(url, headers=headers).text)
        for headers in ({}, {"HX-Request": "true"})
    )

    assert part.strip() in page
    assert "<html" not in part


def test_refreshing_more_than_five_hundred_is_asked_back(reviewer_client, monkeypatch):
    monkeypatch.setattr("calls.views.bulk.CONFIRM_ABOVE", 2)
    some_calls(3)
    fields = {"everything": "1", "question": "result=answered"}

    page = reviewer_client.post("/bulk/refresh/", fields)
    assert "Refresh 3 calls" in page.text
    assert not BulkAction.objects.exists()

    reviewer_client.post("/bulk/refresh/", {**fields, "confirmed": "1"})
    assert BulkAction.objects.get().expected == 3


def test_nothing_ticked_leads_back_with_a_sentence(reviewer_client):
    page = reviewer_client.post("/bulk/refresh/", {"question": "result=answered"}, follow=True)

    assert page.redirect_chain == [("/?result=answered", 302)]
    assert "No call is selected" in page.text


def test_what_a_reader_may_not_ask_leads_back_with_a_sentence(reviewer_client):
    fields = {"question": "q=score%3A%3C60&result=answered", "everything": "1"}
    page = reviewer_client.post("/bulk/refresh/", fields)

    assert page["Location"] == "/?q=score%3A%3C60&result=answered"
    assert not BulkAction.objects.exists()
    [said] = get_messages(page.wsgi_request)
    assert str(said) == "Only people who see everybody's reviews can ask for scores. Left out: score:<60"


def test_ticked_calls_are_refreshed_whatever_list_they_stood_in(reviewer_client, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    call = make_call()

    reviewer_client.post("/bulk/refresh/", {"question": "q=score%3A%3C60", "call": call.pk})
    action = BulkAction.objects.get()
    work(action.job)

    action.refresh_from_db()
    assert action.affected == 1


def test_everything_of_nothing_leads_back_with_a_sentence(reviewer_client):
    page = reviewer_client.post("/bulk/refresh/", {"question": "q=nowhere", "everything": "1"}, follow=True)

    assert "No call matches any more. Nothing was refreshed." in page.text


@pytest.mark.parametrize("question", ["x" * 30_000, "&".join(["result=busy"] * 900), "q=%00%ff", "q=" + "退" * 5000])
def test_an_odd_question_is_no_error_of_the_server(reviewer_client, question):
    response = reviewer_client.post("/bulk/refresh/", {"question": question, "everything": "1"})

    assert response.status_code in {200, 302}


def test_a_reviewer_sees_only_what_is_their_own(reviewer_client, supervisor_client, su):
    action = ask_bulk_refresh(Selection("", (make_call().pk,), reader=su), count=1, asked_by=su)

    assert reviewer_client.get(action.get_absolute_url()).status_code == 404
    assert reviewer_client.post(f"/bulk/{action.pk}/cancel/").status_code == 404
    assert supervisor_client.get(action.get_absolute_url()).status_code == 200
    assert action.get_absolute_url() not in reviewer_client.get("/bulk/").text
    assert action.get_absolute_url() in supervisor_client.get("/bulk/").text


def test_cancelling_stops_what_nobody_has_begun(supervisor_client, rui):
    action = ask_bulk_refresh(
        Selection("", tuple(call.pk for call in some_calls(3)), reader=rui), count=3, asked_by=rui
    )

    page = supervisor_client.post(f"/bulk/{action.pk}/cancel/", follow=True)

    assert "3 cancelled" in page.text
    assert not action.is_open


def test_activity_tells_supervisors_who_did_what(supervisor_client, rui):
    some_calls(2)
    ask_bulk_refresh(Selection("result=answered", reader=rui), count=2, asked_by=rui)

    page = supervisor_client.get("/activity/").text

    assert "Bulk actions" in page
    assert "rui" in page
    assert 'href="/?result=answered"' in page


@pytest.mark.parametrize("path", ["/bulk/refresh/", "/bulk/export/", "/bulk/1/cancel/", "/bulk/1/retry/"])
def test_asking_needs_a_post(supervisor_client, path):
    assert supervisor_client.get(path).status_code == 405


def test_without_a_group_nothing_is_done(otto, client):
    client.force_login(otto)
    call = make_call()

    for path in ("/bulk/refresh/", "/bulk/export/"):
        assert client.post(path, {"call": [call.pk]}).status_code == 403
    assert client.get("/bulk/").status_code == 403
