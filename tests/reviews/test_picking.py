"""Adding calls to a queue by hand: ticked ones, or everything that matches, a few at once and many by a worker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from calls import slices
from calls.models import BulkAction, Call, CallTask, Job
from calls.models.job import LeaseLost
from calls.models.scope import TaskScope
from calls.selection import Selection
from calls.snapshot import TaskSnapshot
from calls.tasks import run_job
from calls.vocabulary import JobState, Source
from reviews.models import Queue, QueueItem
from reviews.queues import picking
from reviews.queues.picking import ask_pick
from reviews.queues.sampling import PICKED
from reviews.vocabulary import QueueState
from tests.builders import make_call
from tests.meanwhile import meanwhile
from tests.reviews.builders import make_queue, make_version

pytestmark = pytest.mark.django_db


def some_calls(count: int, **told: str) -> list[Call]:
    return [make_call(**told) for _ in range(count)]


def asked(queue: Queue, count: int, by: User) -> BulkAction:
    """All calls, by a worker."""
    return ask_pick(queue, Selection(reader=by), count=count, asked_by=by)


def work(action: BulkAction) -> Job:
    assert action.job is not None
    run_job(action.job.pk)
    action.refresh_from_db()
    return action.job


def do_one_slice(action: BulkAction) -> Job:
    """Two calls: as far as a worker comes that then dies, or is told to stop."""
    assert action.job is not None
    job = Job.objects.claim(action.job.pk)
    assert job is not None
    slices._do(action, next(Selection.of(action).parts(size=2)))
    return job


@pytest.fixture
def by_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few there are."""
    monkeypatch.setattr(picking, "AT_ONCE", 0)


# ---- Adding by hand


def test_ticked_calls_are_added_to_a_queue(supervisor_client):
    queue = make_queue(make_call())
    calls = some_calls(2)
    chosen = {"chosen": ",".join(str(call.pk) for call in calls), "question": ""}

    asked = supervisor_client.post("/queues/add", chosen)
    done = supervisor_client.post("/queues/add", chosen | {"asked": "1", "queue": str(queue.pk)}, follow=True)
    again = supervisor_client.post("/queues/add", chosen | {"asked": "1", "queue": str(queue.pk)}, follow=True)

    assert "2 selected calls" in asked.text and "Add 2 calls" in asked.text
    assert "2 calls were added." in done.text
    assert "No call was added: they are in the queue already" in again.text
    assert queue.items.filter(stratum=PICKED).count() == 2


def test_everything_that_matches_is_added_to_a_new_queue(supervisor_client, su):
    version = make_version()
    for intent in "AAB":
        make_call(intent=intent)
    fields = {"question": "intent=A", "everything": "1", "asked": "1", "name": "All A"}

    supervisor_client.post("/queues/add", fields | {"scorecard": str(version.scorecard.pk)})

    queue = Queue.objects.get()
    assert (queue.name, queue.items.count(), queue.created_by) == ("All A", 2, su)


def test_more_calls_than_anybody_reviews_are_refused_before_a_queue_is_made(supervisor_client, monkeypatch):
    monkeypatch.setattr("reviews.views.picking.MOST", 2)
    version = make_version()
    some_calls(3)
    fields = {"question": "", "everything": "1", "asked": "1", "name": "All", "scorecard": str(version.scorecard.pk)}

    refused = supervisor_client.post("/queues/add", fields, follow=True)
    was_made = Queue.objects.exists()
    monkeypatch.setattr("reviews.views.picking.MOST", 3)
    supervisor_client.post("/queues/add", fields)

    assert refused.redirect_chain[-1][0] == "/?view=all"
    assert "At most 2 calls can be added at once." in refused.text
    assert not was_made
    assert Queue.objects.get().items.count() == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Give the queue a name."),
        ({"name": "Monday"}, "There is a queue of this name."),
        ({"name": "New"}, "Choose the scorecard"),
        ({"queue": "987654321"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_with_adding_is_said(supervisor_client, fields, sentence):
    call = make_call()
    make_queue()

    page = supervisor_client.post("/queues/add", {"chosen": str(call.pk), "asked": "1"} | fields)

    assert page.status_code == 422
    assert sentence in page.text
    assert not QueueItem.objects.exists()


def test_adding_nothing_leads_back_to_the_list_with_a_sentence(supervisor_client):
    page = supervisor_client.post("/queues/add", {"question": "intent=A"}, follow=True)

    assert "No call is selected." in page.text
    assert page.redirect_chain[-1][0] == "/?intent=A"


def test_the_list_offers_queues_to_those_who_plan_them(supervisor_client, reviewer_client):
    make_call()

    assert 'formaction="/queues/add"' in supervisor_client.get("/?view=all").text
    assert 'formaction="/queues/add"' not in reviewer_client.get("/?view=all").text


# ---- Many, by a worker


def test_many_are_added_by_a_worker_and_watched_on_a_page(supervisor_client, su, monkeypatch):
    monkeypatch.setattr(picking, "AT_ONCE", 2)
    monkeypatch.setattr("reviews.views.picking.AT_ONCE", 2)
    there, *_others = some_calls(4, intent="A")
    make_call(intent="B")
    queue = make_queue(there)
    fields = {"question": "intent=A", "everything": "1"}

    asks = supervisor_client.post("/queues/add", fields)
    waits = supervisor_client.post("/queues/add", fields | {"asked": "1", "queue": str(queue.pk)}, follow=True)
    meanwhile = supervisor_client.get(f"/queues/{queue.pk}/")
    action = BulkAction.objects.get()
    job = work(action)
    done = supervisor_client.get(action.get_absolute_url())

    assert "A worker adds them" in asks.text
    assert waits.redirect_chain[-1][0] == action.get_absolute_url()
    assert "0 calls added" in waits.text and "0 of 4 looked at" in waits.text and "Cancel" in waits.text
    assert f'href="{action.get_absolute_url()}">Calls are being added: 0 of 4' in meanwhile.text
    assert (job.state, job.done, job.total, action.asked_by) == (JobState.DONE, 4, 4, su)
    assert "3 calls added" in done.text and "1 call was left out" in done.text and "Open the queue" in done.text
    assert queue.items.filter(stratum=PICKED).count() == 3
    assert "being added" not in supervisor_client.get(f"/queues/{queue.pk}/").text
    queue.delete()
    record = supervisor_client.get("/bulk/").text
    assert "Add calls to a queue" in record and "Monday" in record


def test_a_few_are_kept_in_the_record_as_well(supervisor_client, su):
    call, queue = make_call(), make_queue()

    supervisor_client.post("/queues/add", {"chosen": str(call.pk), "asked": "1", "queue": str(queue.pk)})

    action = BulkAction.objects.get()
    assert (action.asked_by, action.queue, action.affected, action.left_out) == (su, queue.pk, 1, 0)
    assert action.finished_at
    assert not Job.objects.exists()


def test_a_second_click_is_the_same_action(by_worker, su):
    some_calls(2)
    queue, other = make_queue(), make_queue(name="Tuesday")

    first, again, another = asked(queue, 2, su), asked(queue, 2, su), asked(other, 2, su)

    assert first == again != another
    assert Job.objects.count() == 2


def test_a_killed_worker_adds_no_slice_twice(by_worker, su):
    some_calls(5)
    queue = make_queue()
    action = asked(queue, 5, su)

    job = do_one_slice(action)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    Job.objects.take_back()
    after = work(action)

    assert after.state == JobState.DONE
    # a slice that was done again would count as left out
    assert (action.affected, action.left_out, queue.items.count()) == (5, 0, 5)


def test_a_cancelled_one_keeps_what_it_added_and_can_go_on(by_worker, supervisor_client, su):
    some_calls(5)
    queue = make_queue()
    action = asked(queue, 5, su)
    job = do_one_slice(action)

    supervisor_client.post(f"/bulk/{action.pk}/cancel/")
    with pytest.raises(LeaseLost):
        slices.carry_out(job)
    page = supervisor_client.get(action.get_absolute_url())
    kept = queue.items.count()
    supervisor_client.post(f"/bulk/{action.pk}/retry/")
    work(action)

    assert kept == 2
    assert "2 calls added" in page.text and "What was added stays in the queue." in page.text
    assert (action.affected, action.left_out, queue.items.count()) == (5, 0, 5)


def test_a_queue_that_was_closed_meanwhile_takes_none_until_it_is_open(by_worker, supervisor_client, su):
    some_calls(3)
    queue = make_queue()
    action = asked(queue, 3, su)
    Queue.objects.update(state=QueueState.CLOSED)

    failed = work(action)
    page = supervisor_client.get(action.get_absolute_url())
    empty = not queue.items.exists()
    Queue.objects.update(state=QueueState.OPEN)
    again = supervisor_client.post(f"/bulk/{action.pk}/retry/", follow=True)
    work(action)

    assert failed.state == JobState.FAILED
    assert "The queue was closed meanwhile. Open it and try again." in page.text and "Try again" in page.text
    assert "The queue was closed" not in again.text
    assert empty
    assert queue.items.count() == 3


def test_a_queue_that_is_gone_is_a_sentence(by_worker, supervisor_client, su):
    some_calls(3)
    queue = make_queue()
    action = asked(queue, 3, su)
    queue.delete()

    job = work(action)

    assert job.state == JobState.FAILED
    assert "The queue is not there any more." in supervisor_client.get(action.get_absolute_url()).text


def test_the_rights_of_the_moment_decide(by_worker, su):
    some_calls(3)
    queue = make_queue()
    action = asked(queue, 3, su)
    su.groups.clear()

    job = work(action)

    assert (job.state, job.last_message) == (JobState.FAILED, picking.NOT_ALLOWED)
    assert not queue.items.exists()


def test_calls_that_its_asker_may_not_see_any_more_are_not_added(by_worker, su):
    mine, _theirs = make_call(task_id="138001"), make_call(task_id="138002")
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    queue = make_queue()
    action = ask_pick(queue, Selection("", (mine.pk, _theirs.pk), reader=su), count=2, asked_by=su)
    TaskScope.objects.create(user=su).tasks.add(CallTask.objects.get())

    work(action)

    assert [item.call for item in queue.items.all()] == [mine]


def test_ticked_calls_that_are_gone_are_counted_and_none_of_the_others_is_missed(by_worker, supervisor_client, su):
    calls = some_calls(5)
    queue = make_queue()
    selection = Selection("sort=longest", tuple(call.pk for call in calls), reader=su)
    action = ask_pick(queue, selection, count=5, asked_by=su)
    do_one_slice(action)
    action.cancel()
    # one that was added, and one that would have been
    Call.objects.filter(pk__in=[calls[0].pk, calls[4].pk]).delete()

    supervisor_client.post(f"/bulk/{action.pk}/retry/")
    work(action)
    page = supervisor_client.get(action.get_absolute_url())

    assert {item.call_id or 0 for item in queue.items.all()} == {0, *(call.pk for call in calls[1:4])}
    assert (action.affected, action.left_out) == (4, 1)
    assert '<progress class="progress" max="5" value="5"' in page.text


def test_what_was_forgotten_can_still_go_on(by_worker, supervisor_client, su):
    some_calls(5)
    queue = make_queue()
    action = asked(queue, 5, su)
    do_one_slice(action)
    action.cancel()
    Job.objects.all().delete()  # as after a day

    page = supervisor_client.get(action.get_absolute_url())
    supervisor_client.post(f"/bulk/{action.pk}/retry/")
    work(action)

    assert "Try again" in page.text
    assert (action.affected, queue.items.count()) == (5, 5)


@pytest.mark.parametrize("what", ["closed", "gone"])
def test_a_queue_that_is_not_open_any_more_says_so_beside_its_field(supervisor_client, what):
    call, queue = make_call(), make_queue()

    def happens() -> None:
        queue.delete() if what == "gone" else Queue.objects.update(state=QueueState.CLOSED)

    with meanwhile(happens, before="INSERT calls_bulkaction"):
        page = supervisor_client.post("/queues/add", {"chosen": str(call.pk), "asked": "1", "queue": str(queue.pk)})

    assert page.status_code == 422
    assert ("The queue was closed meanwhile." if what == "closed" else "The queue is not there any more.") in page.text
    assert not BulkAction.objects.exists()


@pytest.mark.parametrize("at_once", [0, 500])
def test_a_second_click_on_a_new_queue_leads_where_the_first_one_did(supervisor_client, monkeypatch, at_once):
    monkeypatch.setattr(picking, "AT_ONCE", at_once)
    some_calls(3, intent="A")
    version = make_version()
    fields = {"question": "", "everything": "1", "asked": "1", "name": "All", "scorecard": str(version.scorecard.pk)}

    first, second = supervisor_client.post("/queues/add", fields), supervisor_client.post("/queues/add", fields)
    other = supervisor_client.post("/queues/add", fields | {"question": "intent=A"})

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert BulkAction.objects.count() == 1
    assert "There is a queue of this name." in other.text


def test_a_name_that_somebody_else_took_in_this_very_moment_is_said(supervisor_client, rui):
    call, version = make_call(), make_version()
    fields = {"chosen": str(call.pk), "asked": "1", "name": "All", "scorecard": str(version.scorecard.pk)}

    with meanwhile(
        lambda: make_queue(name="All", version=version, created_by=rui),
        after="SELECT FROM reviews_queue WHERE name LIMIT",
    ):
        page = supervisor_client.post("/queues/add", fields)

    assert page.status_code == 422
    assert "There is a queue of this name." in page.text
    assert not QueueItem.objects.exists()


def test_rights_that_end_between_two_slices_end_it(by_worker, su):
    some_calls(5)
    queue = make_queue()
    action = asked(queue, 5, su)
    job = do_one_slice(action)
    su.groups.clear()

    slices.carry_out(job)

    job.refresh_from_db()
    assert (job.state, job.last_message, queue.items.count()) == (JobState.FAILED, picking.NOT_ALLOWED, 2)


def test_whoever_plans_no_queues_sees_no_way_into_one(by_worker, su, client):
    some_calls(3)
    action = asked(make_queue(), 3, su)
    work(action)
    looker = User.objects.create_user("looker")
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_call", "view_job"]))
    client.force_login(looker)

    page = client.get(action.get_absolute_url())

    assert "3 calls added" in page.text
    assert "/queues/" not in page.text
