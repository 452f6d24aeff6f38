"""Two people at the same thing in the same moment, each in a process: never two rows, nothing lost, and a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from reviews.models import (
    Comment,
    Dispute,
    Label,
    Labelled,
    Queue,
    QueueItem,
    Resolution,
    Review,
    ScorecardVersion,
)
from reviews.models.judged import CallGone
from reviews.opinions import calibrating, disputing, labelling, talking
from reviews.queues.sampling import Stratum
from reviews.reviewing import beginning, holding, judging
from reviews.reviewing.seen import digest_of
from reviews.scoring import Answer
from reviews.vocabulary import DisputeState, ItemState, Purpose, ReviewState, VersionState
from tests.builders import make_call
from tests.meanwhile import begun_meanwhile, is_waited_for, meanwhile
from tests.reviews.builders import finish, make_pair, make_queue, make_review, make_version
from tests.reviews.rivals import at_once, rivals
from tests.reviews.test_reviewing import FINE, address, opened
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20
HTMX = {"HX-Request": "true"}
JUDGED = {key.removeprefix("answer-"): Answer(value) for key, value in FINE.items()}
REASONS = ("听过了，确实报了名字", "没有错")


def finishing(client: Client, item: QueueItem) -> dict[str, Any]:
    return {"post": address("finish", item), "form": opened(client, item) | FINE, "headers": HTMX}


def test_a_call_is_deleted_while_it_is_reviewed(tmp_path, reviewer_client, rui, su):
    items = [make_queue(make_call(), name=f"Queue {number}").items.get() for number in range(ROUNDS)]

    with rivals(tmp_path, rui, su) as (reviewer, deleter):
        for number, item in enumerate(items):
            when = {"once_saved": item.pk} if number % 2 else {}
            [(status, page), _deleted] = at_once(
                (reviewer, finishing(reviewer_client, item)), (deleter, {"delete": item.call_id} | when)
            )
            review = Review.objects.filter(item=item).first()
            is_kept = status == 200 or "kept as a draft" in page
            assert is_kept or "This call is gone" in page
            # whoever was told that it is finished or kept finds it so
            assert bool(review) is is_kept
            if review:
                assert review.is_finished is (status == 200)
                assert review.marks.count() == len(FINE)
                assert review.call is None

    done = QueueItem.objects.filter(state=ItemState.DONE)
    assert set(done.values_list("pk", flat=True)) == set(Review.objects.finished().values_list("item", flat=True))
    assert not Call.objects.exists()


def test_two_tabs_begin_the_review_of_one_call(tmp_path, reviewer_client, rui):
    """Both without a queue; one of them in a queue, whose lock is over; or the queue has a draft that nobody holds."""
    calls = [make_call() for _number in range(ROUNDS)]
    version = make_version()

    with rivals(tmp_path, rui, rui) as (one, other):
        for number, call in enumerate(calls):
            begin = {"post": reverse("review_call", args=[call.pk]), "form": {}}
            first: dict[str, Any] = begin
            if number % 3:
                item = make_queue(call, name=f"Queue {number}", version=version).items.get()
                first = {"post": address("draft", item), "form": opened(reviewer_client, item) | FINE}
                first |= {"headers": {"X-Draft": "1"}}
                QueueItem.objects.filter(pk=item.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
            if number % 3 == 2:
                reviewer_client.post(first["post"], first["form"])
                first = begin

            [(status, page), (begun, _page)] = at_once((one, first), (other, begin))

            assert begun == 200
            assert status == 200 or "You opened this call in another tab" in page
            assert Review.objects.filter(call=call, item=None).count() == (0 if number % 3 else 1)
            assert Review.objects.filter(call=call).count() <= 1


@pytest.mark.parametrize("step", ["draft", "last words", "finish"])
def test_what_an_older_page_writes_as_a_newer_one_opens_is_never_written_over_unheard(tmp_path, rui, step):
    """The newer page writes twice, and its first draft is lost on the way."""
    items = [make_queue(make_call(), name=f"Queue {number}").items.get() for number in range(ROUNDS)]
    client = Client()
    client.force_login(rui)
    words = {"comment-greeting": "在旧页面写的"}
    name = "finish" if step == "finish" else "draft"
    headers = HTMX if name == "finish" else {"X-Draft": "1"}

    with rivals(tmp_path, rui, rui) as (older, newer):
        for item in items:
            # a finish that lacks an answer is a draft
            some = {"answer-greeting": "pass"} | words | ({"leaving": "1"} if step == "last words" else {})
            form = opened(client, item) | some
            writes = {"post": address(name, item), "form": form, "headers": headers}
            [(_status, _told), (_opened, page)] = at_once((older, writes), (newer, {"get": address("view", item)}))
            shown = {key: in_form(page, key) for key in ("token", "edit", "digest", "card_version")}
            is_written = Review.objects.filter(item=item).exists()

            newer.tell(post=address("draft", item), form=shown | FINE | {"unanswered": "1"}, headers={"X-Draft": "1"})
            status, told = newer.said()

            assert status in {200, 409}
            if is_written and words["comment-greeting"] not in page:
                assert status == 409 and "in another tab" in told


def in_form(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_a_draft_is_finished_by_itself_and_by_the_queue_that_takes_it_over(tmp_path, reviewer_client, rui):
    calls = [make_call() for _number in range(ROUNDS)]

    with rivals(tmp_path, rui, rui) as (one, other):
        for number, call in enumerate(calls):
            item = make_queue(call, name=f"Queue {number}").items.get()
            draft = make_review(call, rui, JUDGED, state=ReviewState.DRAFT, purpose=Purpose.AD_HOC)
            loose = {"edit": "0", "digest": digest_of(call)} | FINE
            alone = {"post": reverse("review_finish", kwargs={"review": draft.pk}), "form": loose, "headers": HTMX}

            said = at_once((one, finishing(reviewer_client, item)), (other, alone))

            review, told = Review.objects.get(call=call), sum("in another tab" in page for _status, page in said)
            statuses = [status for status, _page in said]
            assert review.is_finished is (200 in statuses)
            assert statuses.count(200) == 1 or told == 2
            assert set(statuses) <= {200, 422}
            item.refresh_from_db()
            assert (item.state == ItemState.DONE) is (review.is_finished and review.item == item)


def test_a_review_is_opened_again_while_a_queue_is_given_it(tmp_path, rui):
    calls = [make_call() for _number in range(ROUNDS)]

    with rivals(tmp_path, rui, rui) as (one, other):
        for number, call in enumerate(calls):
            item = make_queue(call, name=f"Queue {number}").items.get()
            review = make_review(call, rui, JUDGED, purpose=Purpose.AD_HOC)
            settle = {"post": address("settle", item), "form": {}}
            reopen = {"post": reverse("review_reopen", args=[review.pk]), "form": {}}

            said = at_once((one, settle), (other, reopen))

            assert [status for status, _page in said] == [200, 200]
            # opened again before or after, it is a draft that the queue has or may have
            review.refresh_from_db()
            item.refresh_from_db()
            assert not review.is_finished
            assert review.item in {None, item}
            assert item.state == ItemState.WAITING


# the statement that hands an item out
TAKES = "UPDATE reviews_queueitem locked_until"


def test_an_item_is_handed_out_whose_token_another_page_changes_at_once(rui):
    item = make_queue(make_call()).items.get()

    with meanwhile(lambda: holding.change_token(item, rui), after=TAKES):
        handed_out = holding.take_next(rui)

    assert handed_out == item
    assert holding.renew(item, handed_out.token)


def test_an_item_that_another_page_finishes_at_once_makes_place_for_the_next(rui):
    first, second = make_queue(make_call(), make_call()).items.order_by("place")

    with meanwhile(lambda: QueueItem.objects.filter(pk=first.pk).update(state=ItemState.DONE), after=TAKES):
        assert holding.take_next(rui) == second


def test_of_two_pages_that_open_an_item_at_once_each_has_a_token_of_its_own(rui):
    """With the same one each would take what the other writes for its own."""
    queue = make_queue(make_call())
    older, newer = queue.items.get(), queue.items.get()

    with meanwhile(lambda: holding.take(newer, rui), after=TAKES):
        assert holding.take(older, rui)

    assert not holding.renew(older, older.token)
    assert holding.renew(newer, newer.token)


@pytest.mark.parametrize("is_held", [False, True])
def test_an_item_is_opened_that_another_page_of_the_same_person_takes_or_lets_go(rui, is_held):
    """The call fetched ahead is the very one that undo brings back."""
    item = make_queue(make_call()).items.get()
    held = holding.take_next(rui) if is_held else None

    def another_page() -> None:
        if held:
            holding.release(held, held.token)
        else:
            assert holding.take_next(rui) == item

    with meanwhile(another_page, before='FROM "reviews_queue" WHERE'):
        assert holding.take(item, rui)

    assert holding.renew(item, item.token)


def test_the_next_call_is_the_one_that_their_page_fetches_ahead_in_this_very_moment(rui):
    item = make_queue(make_call()).items.get()
    client = Client()
    client.force_login(rui)

    with meanwhile(lambda: holding.take_next(rui), before='"is_member" FROM "reviews_queue" WHERE'):
        answer = client.post("/review/next", {"queue": item.queue_id})

    assert answer.headers["Location"] == address("view", item)


@pytest.fixture
def mei(rui: User) -> User:
    user = User.objects.create_user("mei")
    user.groups.set(rui.groups.all())
    return user


def a_pair(first_by: User) -> tuple[QueueItem, QueueItem, Review]:
    """A finished first opinion, and the second one that nobody has begun."""
    first, second = make_pair(make_call())
    return first, second, finish(first, first_by)


def test_a_second_opinion_goes_while_somebody_opens_it(rui, mei):
    _first, second, review = a_pair(rui)
    client = Client()
    client.force_login(mei)

    with meanwhile(lambda: judging.reopen(review, rui), before=TAKES):
        page = client.get(address("view", second))

    assert page.status_code == 404
    assert not QueueItem.objects.filter(pk=second.pk).exists()


@pytest.mark.parametrize("step", ["draft", "finish"])
def test_a_second_opinion_goes_whose_page_was_silent_for_long(rui, mei, step):
    """Between the look at the lock and the first answer that is written."""
    _first, second, review = a_pair(rui)
    client = Client()
    client.force_login(mei)
    form = opened(client, second) | FINE
    QueueItem.objects.filter(pk=second.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    headers = HTMX if step == "finish" else {"X-Draft": "1"}

    with meanwhile(lambda: judging.reopen(review, rui), before='FROM "calls_call" WHERE "calls_call"."id" ='):
        told = client.post(address(step, second), form, headers=headers)

    assert told.status_code == (422 if step == "finish" else 409)
    assert "This call is no longer in the queue" in told.text
    assert not Review.objects.filter(reviewer=mei).exists()


@pytest.mark.parametrize(
    ("step", "headers", "status"),
    [("draft", {"X-Draft": "1"}, 409), ("hold", {"X-Draft": "1"}, 409), ("finish", HTMX, 422), ("finish", {}, 200)],
)
def test_who_wakes_a_page_of_a_second_opinion_that_went_is_told_and_keeps_the_words(rui, mei, step, headers, status):
    _first, second, review = a_pair(rui)
    client = Client()
    client.force_login(mei)
    form = opened(client, second) | FINE | {"note": "客户听不清"}
    QueueItem.objects.filter(pk=second.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    judging.reopen(review, rui)

    told = client.post(address(step, second), form, headers=headers)

    assert told.status_code == status
    assert "This call is no longer in the queue" in told.text
    # a script leaves the form as it is
    assert headers or "客户听不清" in told.text


def test_a_second_opinion_goes_or_is_in_somebodys_hands(rui, mei):
    _first, second, review = a_pair(rui)

    with begun_meanwhile(
        lambda: holding.take(second, mei), after="FROM reviews_queueitem WHERE second_of_id"
    ) as is_held:
        judging.reopen(review, rui)

    assert QueueItem.objects.filter(pk=second.pk).exists() is is_held()


def test_an_item_waits_again_for_who_finished_it_whoever_else_has_a_draft(rui, mei):
    call = make_call()
    item = make_queue(call).items.get()
    review = finish(item, rui)
    make_review(call, mei, item=item, state=ReviewState.DRAFT, finished_at=None)

    judging.undo(review, rui)

    item.refresh_from_db()
    assert item.assigned_to == rui


def test_two_pages_write_at_once_into_an_item_whose_call_has_gone(rui):
    call = make_call()
    item, version = make_queue(call).items.get(), ScorecardVersion.objects.get()
    Call.objects.all().delete()

    def begin() -> None:
        try:
            beginning.start(rui, call, version, item)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            beginning.start(rui, call, version, item)
            begun = other.submit(begin)
            until(is_waited_for, "the other page waits for the first")
        begun.result(30)

    assert Review.objects.get().item == item


@pytest.mark.parametrize("step", ["finish", "undo", "reopen", "resolve"])
def test_whoever_writes_a_call_waits_for_no_review_of_it(step, rui, su):
    """In another order than this one two would wait for each other, and PostgreSQL would send one of them away."""
    review = make_review(make_call(), rui, JUDGED)
    dispute = Dispute.objects.create(mark=review.marks.all()[0], raised_by=rui, due_at=timezone.now())
    if step == "finish":
        Review.objects.filter(pk=review.pk).update(state=ReviewState.DRAFT)
    if step == "reopen":
        Dispute.objects.filter(pk=dispute.pk).update(state="rejected")
    steps: dict[str, Callable[[], object]] = {
        "finish": lambda: judging.finish(review, judging.Draft(JUDGED), digest_of(call)),
        "undo": lambda: judging.undo(review, rui),
        "reopen": lambda: judging.reopen(review, su),
        "resolve": lambda: disputing.resolve(dispute, su, DisputeState.PARTLY, "听过了", Answer("fail")),
    }

    def take_step() -> None:
        try:
            steps[step]()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            call = Call.objects.select_for_update().get()
            taken = other.submit(take_step)
            until(is_waited_for, "the step waits for the call")
            Review.objects.filter(pk=review.pk).update(is_outdated=True)
        taken.result(30)

    review.refresh_from_db()
    assert review.events.count() == 1


@pytest.mark.parametrize("step", ["say", "put_on", "plan"])
def test_what_people_add_to_a_call_waits_for_who_deletes_it(step, rui, su):
    call, label, version = make_call(), Label.objects.create(name="回访"), make_version()
    steps: dict[str, Callable[[], object]] = {
        "say": lambda: talking.say(call, rui, "听一下"),
        "put_on": lambda: labelling.put_on(call, label, rui),
        "plan": lambda: calibrating.plan("May", version.scorecard, [call], people=[rui], expert=su, by=su),
    }

    def take_step() -> None:
        try:
            steps[step]()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Call.objects.filter(pk=call.pk).delete()
            taken = other.submit(take_step)
            until(is_waited_for, "the step waits for the call")
        with pytest.raises(CallGone):
            taken.result(30)

    assert not Comment.objects.exists() and not Labelled.objects.exists() and not Queue.objects.exists()


@contextmanager
def deleted_as_soon_as_one_writes(call: Call) -> Iterator[None]:
    """After the page has looked the call up, before it adds anything."""
    left = [call.pk]

    def delete_first(execute: Callable[..., Any], *statement: Any) -> Any:
        if connection.in_atomic_block and left:
            Call.objects.filter(pk=left.pop()).delete()
        return execute(*statement)

    with connection.execute_wrapper(delete_first):
        yield
    assert not left


def test_whoever_adds_to_a_call_that_is_gone_is_told_and_keeps_the_words(supervisor_client, rui, su):
    call, label, version = make_call(), Label.objects.create(name="回访"), make_version()
    calibration = {"chosen": call.pk, "scorecard": version.scorecard_id, "people": [rui.pk], "expert": su.pk}
    asked = {
        reverse("comment_new", args=[call.pk]): {"text": "听一下"},
        reverse("call_labels", args=[call.pk]): {"label": label.pk},
        reverse("calibration_new"): calibration | {"name": "May"},
    }

    pages = {}
    for url, form in asked.items():
        with deleted_as_soon_as_one_writes(call):
            pages[url] = supervisor_client.post(url, form)

    assert [page.status_code for page in pages.values()] == [422, 422, 422]
    comment, labels, planned = (page.text for page in pages.values())
    assert "deleted here in the meantime" in comment and "听一下</textarea>" in comment
    assert "deleted here in the meantime" in labels
    assert "None of these calls is there any more." in planned


def test_a_call_is_deleted_while_people_add_to_it(tmp_path, rui, su, ada):
    calls = [make_call() for _number in range(ROUNDS)]
    label, version = Label.objects.create(name="回访"), make_version()

    with rivals(tmp_path, su, ada) as (supervisor, deleter):
        for number, call in enumerate(calls):
            values = {"chosen": call.pk, "scorecard": version.scorecard_id, "people": [rui.pk], "expert": su.pk}
            step = (
                {"post": reverse("comment_new", args=[call.pk]), "form": {"text": "听一下"}},
                {"post": reverse("call_labels", args=[call.pk]), "form": {"label": label.pk}},
                {"post": reverse("calibration_new"), "form": values | {"name": f"Week {number}"}},
            )[number % 3]
            [(status, page), _deleted] = at_once((supervisor, step), (deleter, {"delete": call.pk}))

            assert status in {200, 404, 422}
            assert status != 422 or "deleted here in the meantime" in page or "None of these calls is there" in page

    assert not Call.objects.exists()


def test_a_scorecard_is_retired_or_replaced_while_a_call_is_judged_by_it(tmp_path, reviewer_client, rui, ada):
    items = []
    for number in range(ROUNDS):
        version = make_version(f"Card {number}")
        items.append(make_queue(make_call(), name=f"Queue {number}", version=version).items.get())
        if number % 2:
            make_version(f"Card {number}", number=2, state=VersionState.DRAFT, published_at=None)

    with rivals(tmp_path, rui, ada) as (reviewer, administrator):
        for number, item in enumerate(items):
            scorecard = item.queue.scorecard
            name = "publish" if number % 2 else "retire"
            seen = scorecard.versions.latest("number").stamp
            step = {"post": reverse(f"scorecard_{name}", args=[scorecard.pk]), "form": {"seen": seen}}
            [(status, _page), (changed, _card)] = at_once(
                (reviewer, finishing(reviewer_client, item)), (administrator, step)
            )
            assert (status, changed) == (200, 200)

    assert Review.objects.finished().count() == ROUNDS
    # each by the version that its page showed, which nobody begins with any more
    assert set(Review.objects.values_list("version__number", "version__state")) == {(1, VersionState.RETIRED)}
    assert ScorecardVersion.objects.published().count() == ROUNDS // 2


def test_two_supervisors_decide_one_dispute(tmp_path, rui, su, sue):
    disputes = []
    for _number in range(ROUNDS):
        answers = {"greeting": Answer("pass"), "answer": Answer("fail", turns=(2,)), "goodbye": Answer("pass")}
        mark = make_review(make_call(), rui, answers).marks.get(criterion="answer")
        disputes.append(Dispute.objects.create(mark=mark, raised_by=rui, reason="不对", due_at=timezone.now()))

    with rivals(tmp_path, su, sue) as (one, other):
        for dispute in disputes:
            resolve = reverse("dispute_resolve", args=[dispute.pk])
            decided = at_once(
                (one, {"post": resolve, "form": {"decision": "accepted", "value": "pass", "reason": REASONS[0]}}),
                (other, {"post": resolve, "form": {"decision": "rejected", "reason": REASONS[1]}}),
            )

            resolution = Resolution.objects.get(dispute=dispute)
            assert sorted(status for status, _page in decided) == [200, 409]
            [(late, page)] = [(who, page) for who, (status, page) in enumerate(decided) if status == 409]
            assert resolution.by == (su, sue)[1 - late]
            assert f"{resolution.by.username} was faster" in page or "This dispute is decided." in page
            # what the later one wrote is still there
            assert REASONS[late] in page
            dispute.refresh_from_db()
            dispute.mark.refresh_from_db()
            assert dispute.state == resolution.state
            assert dispute.mark.value == ("pass" if resolution.by == su else "fail")


def test_two_supervisors_draw_one_queue_while_its_calls_are_deleted(tmp_path, su, sue, ada):
    calls = [make_call() for _number in range(40)]
    plan = [Stratum("All").as_json()]

    with rivals(tmp_path, su, sue, ada) as (one, other, deleter):
        for number in range(ROUNDS):
            queue = make_queue(name=f"Queue {number}", plan=plan)
            draw = {"post": reverse("queue_draw", args=[queue.pk]), "form": {}}
            [(first, page), (second, other_page), _deleted] = at_once(
                (one, draw), (other, draw), (deleter, {"delete": calls.pop().pk})
            )
            assert (first, second) == (200, 200)
            items = list(queue.items.values_list("key", flat=True))
            assert max(Counter(items).values()) == 1
            assert set(items) >= set(Call.objects.values_list("key", flat=True))
            # of the two, what they were told adds up to what is there
            assert drawn_by(page) + drawn_by(other_page) == len(items)


def drawn_by(page: str) -> int:
    words = page.split(" calls were drawn.")[0].split() if " calls were drawn." in page else ["0"]
    return int(words[-1].split(">")[-1])


@pytest.fixture
def sue(su: User) -> User:
    user = User.objects.create_user("sue")
    user.groups.set(su.groups.all())
    return user
