"""Whoever may not see phone numbers meets none in what people write and judge, on any page and in any file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, CallTask
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source, Speaker
from reviews.models import Dispute, Evidence, QueueItem, Review, ReviewEvent
from reviews.opinions import disputing, talking
from reviews.scoring import Answer, Card, Criterion, Section
from reviews.vocabulary import CriterionKind, DisputeState, EventKind, ItemState, ReviewState, SkipReason
from tests.builders import make_call
from tests.exports import review_file, rows_in
from tests.reviews.builders import (
    finish,
    finish_all,
    make_calibration,
    make_card,
    make_item,
    make_pair,
    make_queue,
    make_review,
    make_version,
)
from tests.test_permissions import NUMBERS, make_calls_full_of_numbers, whole_numbers_in

pytestmark = pytest.mark.django_db
WRITTEN = f"Call {NUMBERS[0]} back"
REMARK = Criterion("remark", "What else", CriterionKind.TEXT, 0)
ANSWERS = {
    "greeting": Answer("pass", comment=WRITTEN),
    "answer": Answer("fail", comment=WRITTEN, turns=(1,)),
    "goodbye": Answer("pass"),
    "remark": Answer(WRITTEN),
}
OTHERS = ANSWERS | {"answer": Answer("pass"), "remark": Answer(f"{NUMBERS[2]} is busy")}


@pytest.fixture
def mia(db: None) -> User:
    """Everything that calls and reviews know but phone numbers and raw answers, which hold them."""
    user = User.objects.create_user("mia")
    kept = Permission.objects.filter(content_type__app_label__in=["calls", "reviews"])
    user.user_permissions.set(kept.exclude(codename__in=["view_numbers", "view_payload"]))
    return user


def card_with_a_remark() -> Card:
    card = make_card()
    return replace(card, sections=(*card.sections, Section("Words", (REMARK,))))


def quoted(review: Review, call: Call) -> Review:
    """With the words of the evidence, as finishing keeps them."""
    words = talking.words_of(call, 1)
    Evidence.objects.filter(mark__review=review).update(text=words, speaker=Speaker.CUSTOMER, start=1.0, end=2.0)
    return review


def noted(review: Review, by: User) -> Review:
    Review.objects.filter(pk=review.pk).update(note=WRITTEN)
    ReviewEvent.objects.create(review=review, kind=EventKind.REOPENED, by=by, detail={"reason": WRITTEN})
    return review


def disputed(review: Review, by: User) -> Dispute:
    mark = review.marks.get(criterion="answer")
    turns = [disputing.Said(1, "customer", f"Mine is {NUMBERS[0]}").as_json()]
    return Dispute.objects.create(mark=mark, raised_by=by, reason=WRITTEN, turns=turns, due_at=timezone.now())


class World:
    """Judged calls whose numbers stand wherever people can write them; some of the calls are gone."""

    def __init__(self, mia: User, rui: User) -> None:
        CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季回访"))
        make_version(card=card_with_a_remark())
        self.calls = make_calls_full_of_numbers()
        self.queue = make_queue(*self.calls, name="Monday")
        first, second = self.queue.items.order_by("pk")
        self.reviews = [
            noted(quoted(finish(first, rui, ANSWERS), self.calls[0]), rui),
            noted(quoted(make_review(self.calls[1], rui, ANSWERS), self.calls[1]), rui),
        ]
        self.item = second
        gone = make_call(callee=NUMBERS[3], call_id="gone")
        self.reviews.append(noted(make_review(gone, rui, ANSWERS | {"answer": Answer("pass")}), rui))
        gone.delete()
        one, other = make_pair(self.calls[0])
        finish(one, rui, ANSWERS)
        finish(other, mia, OTHERS)
        self.skipped = make_item(make_queue(name="Skipped"), self.calls[0])
        QueueItem.objects.filter(pk=self.skipped.pk).update(
            state=ItemState.SKIPPED, skip_reason=SkipReason.OTHER, skip_note=WRITTEN, closed_at=timezone.now()
        )
        self.calibration = make_calibration(self.calls, [rui], mia)
        finish_all(self.calibration, rui, ANSWERS)
        finish_all(self.calibration, mia, OTHERS)
        self.dispute, self.decided = disputed(self.reviews[0], rui), disputed(self.reviews[1], rui)
        disputing.resolve(self.decided, mia, DisputeState.ACCEPTED, WRITTEN, Answer("pass", comment=f"{NUMBERS[1]}!"))
        for call in self.calls:
            talking.say(call, rui, f"@mia {WRITTEN}", turn=1, people=[mia])
        self.draft = make_review(self.calls[1], mia, {}, state=ReviewState.DRAFT, finished_at=None)

    def addresses(self) -> list[str]:
        things: list[tuple[str, Sequence[object]]] = [
            *((name, []) for name in ("review_home", "review_list", "dispute_list", "inbox", "label_list", "board")),
            *((name, []) for name in ("calibration_list", "agreement", "queue_list", "queue_new", "scorecard_list")),
            *(("review_show", [review.pk]) for review in self.reviews),
            ("review_view", [self.item.pk]),
            ("review_skip", [self.item.pk]),
            ("review_edit", [self.draft.pk]),
            *((name, [call.pk]) for call in self.calls for name in ("call_people", "comment_list", "comment_new")),
            ("dispute_view", [self.dispute.pk]),
            ("dispute_view", [self.decided.pk]),
            *(("dispute_new", [review.pk, "greeting"]) for review in self.reviews),
            ("dispute_new", [self.reviews[0].pk, "remark"]),
            ("calibration_view", [self.calibration.pk]),
            *((name, [self.queue.pk]) for name in ("queue_view", "queue_change")),
            ("queue_view", [self.skipped.queue_id]),
            *((name, [self.queue.scorecard_id]) for name in ("scorecard_view", "scorecard_preview")),
            *(("board_csv", [table]) for table in ("tasks", "intents", "tags", "judged", "criteria")),
        ]
        chosen = "&".join(f"call={call.pk}" for call in self.calls)
        return [
            *(reverse(name, args=args) for name, args in things),
            *(f"{reverse('scorecard_preview', args=[self.queue.scorecard_id])}?call={call.pk}" for call in self.calls),
            f"{reverse('comment_new', args=[self.calls[0].pk])}?turn=1",
            f"{reverse('dispute_list')}?show=decided",
            f"{reverse('inbox')}?show=all",
            f"{reverse('agreement')}?against=expert",
            f"{reverse('calibration_new')}?chosen={self.calls[0].pk},{self.calls[1].pk}&{chosen}",
        ]


@pytest.fixture
def world(mia: User, rui: User) -> World:
    return World(mia, rui)


@pytest.fixture
def mia_client(client: Client, mia: User) -> Client:
    client.force_login(mia)
    return client


def test_no_page_of_reviews_shows_a_whole_number_to_those_who_may_not_see_it(mia_client, world):
    pages = {address: mia_client.get(address, follow=True) for address in world.addresses()}

    statuses = {address: page.status_code for address, page in pages.items() if page.status_code != 200}
    found = {address: around for address, page in pages.items() if (around := whole_numbers_in(page.text))}
    assert found == {}
    assert statuses == {}
    assert "138****5678" in pages[reverse("review_show", args=[world.reviews[0].pk])].text


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_no_file_of_reviews_holds_a_whole_number_for_those_who_may_not_see_it(mia_client, world, format):
    content = review_file(mia_client, format=format, numbers="1")

    text = "\n".join(str(cell) for row in rows_in(content, format) for cell in row)
    assert whole_numbers_in(text) == []
    assert text.count("138****5678") > 10
