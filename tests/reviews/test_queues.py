"""Planning a queue, drawing it, and seeing how far it is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from calls.models import Call, CallTask, SavedView
from calls.models.scope import TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews.models import Queue, QueueItem, ScorecardVersion
from reviews.models.judged import note_judged
from reviews.queues import drawing
from reviews.queues.drawing import CannotDraw, fill, fill_live
from reviews.queues.estimates import failing
from reviews.queues.sampling import PICKED, Stratum
from reviews.reviewing.holding import close, take_next
from reviews.vocabulary import ItemState, QueueState, SkipReason
from tests.builders import make_call
from tests.meanwhile import meanwhile
from tests.reviews.builders import make_item, make_queue, make_review, make_version

pytestmark = pytest.mark.django_db


def planned(*strata: Stratum, **fields: Any) -> Queue:
    """A queue that has not drawn yet."""
    return make_queue(plan=[stratum.as_json() for stratum in strata], **fields)


def form_of(page: str) -> dict[str, str]:
    """What the planning page would post as it stands: its inputs, and the chosen option of each select."""
    inputs = re.findall(r'<input type="(?:hidden|text|number)" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


# ---- Drawing


def test_a_plan_draws_must_calls_whole_and_others_by_lot():
    for number in range(60):
        # with keys of its own the lot falls the same each time: by chance it draws too few once in a thousand runs
        make_call(detail_id=str(number), intent="A" if number < 10 else "B")
    queue = planned(Stratum("A", 1.0, "intent=A"), Stratum("Rest", 0.3))

    count = fill(queue, None)

    drawn = list(queue.items.values_list("stratum", "probability", "call__intent"))
    assert len(drawn) == count
    assert drawn.count(("A", 1.0, "A")) == 10
    assert 5 < drawn.count(("Rest", 0.3, "B")) < 35
    assert {stratum for stratum, _p, _i in drawn} == {"A", "Rest"}


def test_drawing_twice_changes_nothing_and_later_calls_join():
    for _ in range(20):
        make_call()
    queue = planned(Stratum("All", 0.5))
    fill(queue, None)
    before = set(queue.items.values_list("pk", "key"))

    assert fill(queue, None) == 0
    for _ in range(20):
        make_call()
    added = fill(queue, None)

    after = set(queue.items.values_list("pk", "key"))
    assert before < after and len(after) == len(before) + added


def test_a_queue_draws_only_what_its_question_finds():
    make_call(intent="A")
    make_call(intent="B")
    queue = planned(Stratum("All", 1.0), question="intent=A")

    fill(queue, None)

    assert [item.call.intent for item in queue.items.select_related("call") if item.call] == ["A"]


def test_strata_of_a_task_and_of_intents():
    for task, intent in (("138001", "A"), ("138001", "B"), ("138002", "A")):
        make_call(task_id=task, intent=intent)
    queue = planned(Stratum("One", 1.0, task="aiccs/138001", intents=("A", "C")))

    fill(queue, None)

    [item] = queue.items.select_related("call")
    assert item.call is not None
    assert (item.call.task_id, item.call.intent) == ("138001", "A")


def test_nobody_draws_from_tasks_that_they_may_not_see(su):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    TaskScope.objects.create(user=su).tasks.add(CallTask.objects.get())
    make_call(task_id="138001")
    make_call(task_id="138002")
    queue = planned(Stratum("All"))

    fill(queue, su)

    assert list(queue.items.values_list("task_id", flat=True)) == ["138001"]


def test_too_many_calls_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(drawing, "MOST", 2)
    for _ in range(3):
        make_call()

    with pytest.raises(CannotDraw, match="at most 2 calls"):
        fill(planned(Stratum("All")), None)


@pytest.mark.parametrize("question", ["result=none-such", "since=yesterday"])
def test_a_question_that_cannot_be_read_any_more_draws_nothing(question):
    """Left out, a bad filter would make the queue draw from far more than was meant."""
    make_call()

    with pytest.raises(CannotDraw, match="do not know any more"):
        fill(planned(Stratum("All"), question=question), None)
    Queue.objects.all().delete()
    with pytest.raises(CannotDraw, match="do not know any more"):
        fill(planned(Stratum("Some", 1.0, question), version=ScorecardVersion.objects.get()), None)


LEAVINGS: dict[str, Callable[[User], object]] = {
    "the house": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "the group": lambda user: user.groups.clear(),
}


@pytest.mark.parametrize("left", LEAVINGS)
@pytest.mark.parametrize("is_stratum", [True, False])
def test_a_live_queue_draws_nothing_once_its_planner_may_not_ask_for_scores(left, is_stratum, su, rui, caplog):
    """Left out, the score would make it draw from every call."""
    low, high = make_call(), make_call()
    for call, score in ((low, 20.0), (high, 90.0)):
        note_judged(make_review(call, rui, score=score))
    asked = "q=score%3A%3C60"
    stratum = Stratum("Low", 1.0, asked) if is_stratum else Stratum("All")
    queue = planned(stratum, question="" if is_stratum else asked, is_live=True, created_by=su)
    assert fill_live() == 1
    later = make_call()
    note_judged(make_review(later, rui, score=30.0))

    LEAVINGS[left](su)

    assert fill_live() == 0
    assert [item.call for item in queue.items.all()] == [low]
    assert "asks for scores" in caplog.text


def test_a_call_that_went_and_came_back_waits_again():
    call = make_call(detail_id="77")
    queue = planned(Stratum("All"))
    fill(queue, None)
    Call.objects.filter(pk=call.pk).delete()
    fill(queue, None)
    assert queue.items.get().state == ItemState.GONE

    again = make_call(detail_id="77", call_id=call.call_id, callee=call.callee, started_at=call.started_at)
    fill(queue, None)

    item = queue.items.get()
    assert (item.call, item.state) == (again, ItemState.WAITING)


def test_what_was_picked_by_hand_belongs_to_its_stratum_once_it_is_drawn():
    queue = planned(Stratum("A", 1.0, "intent=A"))
    make_item(queue, make_call(intent="A"), stratum=PICKED)
    make_item(queue, make_call(intent="B"), stratum=PICKED)

    fill(queue, None)

    assert sorted(queue.items.values_list("stratum", flat=True)) == ["A", PICKED]


def test_a_live_queue_draws_by_itself_as_long_as_it_is_open():
    queue = planned(Stratum("All"), is_live=True)
    make_call()

    assert (fill_live(), fill_live()) == (1, 0)
    queue.state = QueueState.PAUSED
    queue.save()
    make_call()
    assert fill_live() == 0


def test_beat_sends_only_what_a_worker_knows():
    from config.celery import app

    app.loader.import_default_modules()

    sent = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "reviews.tasks.draw" in sent
    assert sent <= app.tasks.keys()


def test_the_rate_weighs_each_call_by_its_chance(rui):
    for number in range(80):
        make_call(intent="A" if number < 20 else "B")
    queue = planned(Stratum("A", 1.0, "intent=A"), Stratum("Rest", 0.25))
    fill(queue, None)
    make_item(queue, make_call(), stratum=PICKED)
    while item := take_next(rui):
        assert item.call is not None
        make_review(item.call, rui, item=item, passed=item.call.intent != "A" and item.stratum != PICKED)
        close(item, item.token)

    rate = failing(QueueItem.objects.filter(queue=queue), rui)

    rest = queue.items.filter(stratum="Rest").count()
    assert rate is not None
    assert rate.value == pytest.approx(20 / (20 + 4 * rest))
    assert rate.failed == 20


# ---- The pages


def test_a_supervisor_plans_a_queue_from_the_list(supervisor_client, su, rui):
    version = make_version()
    for number in range(40):
        make_call(intent="A" if number < 20 else "B")
    opened = supervisor_client.get("/queues/new", {"question": "intent=A"})
    assert "of 20 calls" in opened.text

    fields = form_of(opened.text) | {
        "name": "Keen ones",
        "scorecard": str(version.scorecard.pk),
        "reviewers": str(rui.pk),
        "quota": "30",
        "second_percent": "10",
        "form-0-percent": "50",
    }
    preview = supervisor_client.post("/queues/new", fields | {"look": "1"})
    saved = supervisor_client.post("/queues/new", fields)

    queue = Queue.objects.get()
    assert saved.headers["Location"] == f"/queues/{queue.pk}/"
    [promised] = re.findall(r"Would draw (\d+) of 20 calls", preview.text)
    assert queue.items.count() == int(promised) > 0
    assert (queue.question, queue.quota, queue.second_share, queue.created_by) == ("intent=A", 30, 0.1, su)
    assert list(queue.reviewers.all()) == [rui]
    page = supervisor_client.get(f"/queues/{queue.pk}/")
    assert "Any call, 50 %" in page.text and "Intent A" in page.text


def test_the_preview_is_a_slice_of_the_very_same_page(supervisor_client):
    version = make_version()
    make_call()
    fields = form_of(supervisor_client.get("/queues/new").text) | {"scorecard": str(version.scorecard.pk)}

    page = supervisor_client.post("/queues/new", fields | {"look": "1"})
    part = supervisor_client.post("/queues/new", fields, headers={"HX-Request": "true", "HX-Target": "preview"})

    assert part.text.strip() in page.text
    assert "<html" not in part.text
    assert not Queue.objects.exists()


def test_rows_are_saved_views_in_their_order(supervisor_client, su):
    version = make_version()
    view = SavedView.objects.create(owner=su, name="投诉", query="intent=A")
    make_call(intent="A")
    fields = form_of(supervisor_client.get("/queues/new").text) | {
        "name": "Two rows",
        "scorecard": str(version.scorecard.pk),
        "second_percent": "0",
        "form-0-percent": "100",
        "form-0-view": str(view.pk),
        "form-1-percent": "2.5",
        "form-1-intents": "B，C",
    }

    supervisor_client.post("/queues/new", fields)

    plan = drawing.plan_of(Queue.objects.get())
    assert plan == [
        Stratum("投诉, 100 %", 1.0, "intent=A"),
        Stratum("B · C, 2.5 %", 0.025, intents=("B", "C")),
    ]
    assert Queue.objects.get().items.get().stratum == "投诉, 100 %"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Give the queue a name."),
        ({"name": "Monday"}, "There is a queue of this name."),
        ({"scorecard": ""}, "Choose the scorecard"),
        ({"quota": "0"}, "At least one call"),
        ({"quota": "many"}, "Enter a whole number."),
        ({"second_percent": "101"}, "less than or equal to 100"),
        ({"form-0-percent": "0"}, "More than 0"),
        ({"form-0-percent": "", "form-0-intents": "A"}, "100 for all"),
        ({"form-0-task": "aiccs/1"}, "is not one of the available choices"),
        ({"form-TOTAL_FORMS": "9"}, "at most 8 forms"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(supervisor_client, changes, sentence):
    version = make_queue().scorecard.versions.get()
    fields = form_of(supervisor_client.get("/queues/new").text) | {
        "name": "Tuesday",
        "scorecard": str(version.scorecard.pk),
        "second_percent": "5",
        "form-0-percent": "12",
    }

    page = supervisor_client.post("/queues/new", fields | changes)

    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{(fields | changes)["name"]}"' in page.text or not changes.get("name", "x")
    assert Queue.objects.count() == 1


def test_a_plan_that_draws_from_too_many_calls_is_not_saved(supervisor_client, monkeypatch):
    monkeypatch.setattr(drawing, "MOST", 2)
    version = make_version()
    for _ in range(3):
        make_call()
    fields = form_of(supervisor_client.get("/queues/new").text) | {
        "name": "Too much",
        "scorecard": str(version.scorecard.pk),
        "second_percent": "5",
    }

    page = supervisor_client.post("/queues/new", fields)

    assert page.status_code == 422
    assert "at most 2 calls" in page.text and 'value="Too much"' in page.text
    assert not Queue.objects.exists()


@pytest.mark.parametrize("junk", [{}, {"form-TOTAL_FORMS": "x"}, {"form-TOTAL_FORMS": "99999", "more": "1"}])
def test_a_form_that_is_no_form_is_no_server_error(supervisor_client, junk):
    assert supervisor_client.post("/queues/new", junk).status_code in {200, 422}


def test_another_row_keeps_what_was_typed(supervisor_client):
    fields = form_of(supervisor_client.get("/queues/new").text) | {"name": "Tuesday", "form-0-percent": "12"}

    page = supervisor_client.post("/queues/new", fields | {"more": "1"})

    assert page.status_code == 200
    assert 'value="Tuesday"' in page.text and 'value="12"' in page.text
    assert int(fields["form-TOTAL_FORMS"]) + 1 == int(form_of(page.text)["form-TOTAL_FORMS"])


def test_a_drawn_plan_stands_and_the_rest_may_change(supervisor_client):
    make_call()
    queue = planned(Stratum("All of them"), second_share=0.05)
    fill(queue, None)

    page = supervisor_client.get(f"/queues/{queue.pk}/change")
    fields = form_of(page.text) | {"name": "Renamed", "scorecard": str(queue.scorecard_id), "form-0-percent": "3"}
    supervisor_client.post(f"/queues/{queue.pk}/change", fields | {"question": "intent=Z", "seed": "f" * 32})

    assert "the plan stands" in page.text and "All of them" in page.text
    after = Queue.objects.get()
    assert (after.name, after.plan, after.question, after.seed) == ("Renamed", queue.plan, queue.question, queue.seed)


def test_a_queue_that_is_paused_while_it_is_changed_stays_paused(supervisor_client):
    queue = make_queue(make_call(), plan=[Stratum("All").as_json()])
    fields = form_of(supervisor_client.get(f"/queues/{queue.pk}/change").text)

    with meanwhile(lambda: Queue.objects.update(state=QueueState.PAUSED), before="UPDATE reviews_queue name"):
        supervisor_client.post(f"/queues/{queue.pk}/change", fields | {"name": "A", "scorecard": queue.scorecard_id})

    after = Queue.objects.get()
    assert (after.name, after.state) == ("A", QueueState.PAUSED)


def test_a_plan_that_is_drawn_while_it_is_changed_stands(supervisor_client):
    call = make_call()
    queue = planned(Stratum("All of them"), name="May")
    fields = form_of(supervisor_client.get(f"/queues/{queue.pk}/change").text)
    changes = {"name": "June", "scorecard": queue.scorecard_id, "form-0-percent": "30"}

    with meanwhile(lambda: fill(queue, None), after="SELECT FROM reviews_queueitem stratum LIMIT"):
        page = supervisor_client.post(f"/queues/{queue.pk}/change", fields | changes)

    assert page.status_code == 422
    assert "the plan stands" in page.text
    after = Queue.objects.get()
    assert (after.name, after.plan) == ("May", queue.plan)
    assert queue.items.get().call == call


def test_nothing_is_drawn_by_a_plan_that_is_changed_in_the_very_moment():
    make_call()
    queue = planned(Stratum("All of them"))
    another = [Stratum("Half of them", 0.5).as_json()]

    change = meanwhile(lambda: Queue.objects.update(plan=another), after="SELECT FROM reviews_queueitem")
    with change, pytest.raises(CannotDraw, match="changed the plan"):
        fill(queue, None)

    assert not queue.items.exists()


def test_a_plan_that_has_drawn_nothing_may_still_change(supervisor_client):
    queue = planned(Stratum("A", 0.1, intents=("A",)))
    make_call(intent="B")

    page = supervisor_client.get(f"/queues/{queue.pk}/change")
    fields = form_of(page.text)
    assert (fields["form-0-percent"], fields["form-0-intents"], fields["seed"]) == ("10", "A", queue.seed)
    posted = fields | {"scorecard": str(queue.scorecard_id), "form-0-percent": "100", "form-0-intents": "B"}
    supervisor_client.post(f"/queues/{queue.pk}/change", posted)

    assert queue.items.get().stratum == "B, 100 %"


def test_a_seed_that_somebody_made_up_is_not_taken(supervisor_client):
    version = make_version()
    fields = form_of(supervisor_client.get("/queues/new").text) | {
        "name": "Mine",
        "scorecard": str(version.scorecard.pk),
        "second_percent": "5",
        "seed": "x" * 5000,
    }

    supervisor_client.post("/queues/new", fields)

    assert re.fullmatch("[0-9a-f]{32}", Queue.objects.get().seed)


def test_the_page_of_a_queue_says_how_far_it_is(supervisor_client, rui):
    queue = make_queue()
    for number in range(5):
        make_item(queue, make_call(), stratum="Random 10 %", probability=0.1, place=number)
    make_item(queue, make_call(), stratum=PICKED, place=9)
    item = take_next(rui)
    assert item is not None and item.call is not None
    make_review(item.call, rui, item=item, seconds=75)
    close(item, item.token)
    QueueItem.objects.filter(place=1).update(
        state=ItemState.SKIPPED, skip_reason=SkipReason.OTHER, skip_note="Ask 13800005678", skipped_by=rui
    )

    page = supervisor_client.get(f"/queues/{queue.pk}/").text

    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page, re.S)]
    row = cells.index("Random 10 %")
    assert cells[row : row + 7] == ["Random 10 %", "10 %", "5", "1", "3", "1", "0"]
    assert "Added by hand" in page and "1:15" in page
    assert "Something else" in page and "138****5678" in page and "13800005678" not in page


@pytest.mark.parametrize("stratum", [PICKED, "Random 10 %", "A, B & C"])
def test_what_is_done_leads_to_exactly_those_reviews(stratum, supervisor_client, rui):
    queue = make_queue()
    items = [make_item(queue, make_call(), stratum=name, place=place) for place, name in enumerate([stratum, "Other"])]
    reviews = [make_review(item.call, rui, item=item) for item in items if item.call]
    QueueItem.objects.update(state=ItemState.DONE)

    page = supervisor_client.get(f"/queues/{queue.pk}/").text

    links = {html.unescape(link) for link in re.findall(r'href="(/reviews/\?[^"]*)">\d', page)}
    found = [sorted(map(int, re.findall(r'href="/reviews/(\d+)/', supervisor_client.get(link).text))) for link in links]
    # its own row, the other, all, and all of the one reviewer
    both = [review.pk for review in reviews]
    assert sorted(found) == sorted([both[:1], both[1:], both, both])


def test_skipped_calls_are_put_back(supervisor_client, su, rui):
    queue = make_queue(make_call(), make_call())
    queue.items.update(state=ItemState.SKIPPED, skip_reason=SkipReason.NO_SOUND, skipped_by=rui)
    first, second = queue.items.all()

    supervisor_client.post(f"/queues/items/{first.pk}/back")
    supervisor_client.post(f"/queues/items/{second.pk}/back", {"to": "me"})
    again = supervisor_client.post(f"/queues/items/{second.pk}/back", follow=True)

    assert set(queue.items.values_list("state", "assigned_to")) == {("waiting", None), ("waiting", su.pk)}
    assert "not among the skipped ones" in again.text


def test_a_queue_is_paused_closed_and_opened_again(supervisor_client):
    queue = make_queue()

    for state in ("paused", "open", "closed", "open"):
        supervisor_client.post(f"/queues/{queue.pk}/state", {"state": state})
        assert Queue.objects.get().state == state
    supervisor_client.post(f"/queues/{queue.pk}/state", {"state": "gone"})
    assert Queue.objects.get().state == "open"


def test_drawing_again_from_the_page(supervisor_client):
    queue = planned(Stratum("All"))
    make_call()

    page = supervisor_client.post(f"/queues/{queue.pk}/draw", follow=True)
    again = supervisor_client.post(f"/queues/{queue.pk}/draw", follow=True)

    assert "1 call was drawn." in page.text
    assert "No call came since" in again.text


def test_a_queue_without_a_plan_says_how_to_get_one(supervisor_client):
    queue = make_queue()

    page = supervisor_client.post(f"/queues/{queue.pk}/draw", follow=True)

    assert page.redirect_chain[-1][0] == f"/queues/{queue.pk}/change"
    assert "has no plan to draw by" in page.text


def test_the_list_of_queues_counts_each(supervisor_client, django_assert_max_num_queries):
    version = make_queue(make_call(), make_call(), name="Old").scorecard.versions.get()
    for number in range(8):
        make_queue(make_call(), name=f"Queue {number}", version=version)

    with django_assert_max_num_queries(16):
        page = supervisor_client.get("/queues/")

    assert page.text.count("0 / 1") == 8 and page.text.count("0 / 2") == 1


def test_whoever_sees_some_tasks_counts_only_their_calls(supervisor_client, su):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    TaskScope.objects.create(user=su).tasks.add(CallTask.objects.get())
    queue = make_queue(make_call(task_id="138001"), make_call(task_id="138002"))

    assert "0 / 1" in supervisor_client.get("/queues/").text
    hidden = queue.items.get(task_id="138002")
    assert supervisor_client.post(f"/queues/items/{hidden.pk}/back").status_code == 404
