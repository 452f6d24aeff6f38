"""Two people at the same thing in the same moment, each in a process: never two rows, nothing lost, and a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
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
from reviews.reviewing import judging
from reviews.reviewing.seen import digest_of
from reviews.scoring import Answer
from reviews.vocabulary import DisputeState, ItemState, ReviewState, VersionState
from tests.builders import make_call
from tests.reviews.builders import make_queue, make_review, make_version
from tests.reviews.test_reviewing import FINE, address, opened
from tests.workers import ROOT, database_url, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ROUNDS = 20
HTMX = {"HX-Request": "true"}
JUDGED = {key.removeprefix("answer-"): Answer(value) for key, value in FINE.items()}
REASONS = ("听过了，确实报了名字", "没有错")
Said = tuple[int, str]


class Rival:
    def __init__(self, process: subprocess.Popen[str], complaints: Path) -> None:
        self._process, self._complaints = process, complaints

    def tell(self, **what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def said(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._complaints.read_text()
        return json.loads(line)


@contextmanager
def rivals(folder: Path, *people: User) -> Iterator[list[Rival]]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url()}
    env |= {"DATA_DIR": str(folder), "DEBUG": "1"}
    with ExitStack() as stack:
        found = []
        for number, person in enumerate(people):
            errors = folder / f"{number}.err"
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.reviews.rival", person.username],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stack.enter_context(errors.open("w")),
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            found.append(Rival(process, errors))
        assert [rival.said() for rival in found] == ["ready"] * len(found)
        yield found


def at_once(*told: tuple[Rival, dict[str, Any]]) -> list[Said]:
    for rival, what in told:
        rival.tell(**what)
    return [tuple(rival.said()) for rival, _what in told]


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


def is_waited_for() -> bool:
    """SQLite has one writer at a time: whoever comes second has nothing in hands yet."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


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
        "finish": lambda: judging.finish(review, digest_of(call)),
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
