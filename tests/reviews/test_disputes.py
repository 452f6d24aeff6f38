"""A dispute from one answer to its decision, with the score before and after."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from calls.models.scope import TaskScope
from reviews.models import Dispute, Resolution, Review
from reviews.opinions.disputing import TooLate, resolve
from reviews.scoring import Answer, Card, Criterion, Option, Section
from reviews.vocabulary import CommentRule, CriterionKind, DisputeState, EventKind, ReviewState, Stakes
from tests.builders import make_call
from tests.reviews.builders import PASS_FAIL, make_card, make_review, make_version

FAILED = {
    "greeting": Answer("pass"),
    "answer": Answer("fail", comment="没有回答", turns=(2,)),
    "goodbye": Answer("pass"),
}


@pytest.fixture
def review(rui: User) -> Review:
    """Rui found one of three wrong: 66.67."""
    return make_review(make_call(), rui, FAILED)


def raise_on(client: Client, review: Review, criterion: str = "answer", **fields: object):
    values = {"reason": "客户没有提问", "turns": ["2"], **fields}
    return client.post(reverse("dispute_new", args=[review.pk, criterion]), values)


def decide(client: Client, dispute: Dispute, decision: str, **fields: str):
    values = {"decision": decision, "reason": "再听一遍", **fields}
    return client.post(reverse("dispute_resolve", args=[dispute.pk]), values)


@pytest.fixture
def dispute(review: Review, reviewer_client: Client) -> Dispute:
    raise_on(reviewer_client, review)
    return Dispute.objects.get()


def test_a_dispute_keeps_reason_turns_words_and_when_it_is_due(reviewer_client, rui, review, time_machine):
    time_machine.move_to("2026-11-19T02:00:00Z", tick=False)  # a Thursday morning in Beijing

    response = raise_on(reviewer_client, review)

    dispute = Dispute.objects.get()
    assert response.headers["Location"] == reverse("dispute_view", args=[dispute.pk])
    assert (dispute.raised_by, dispute.reason, dispute.state) == (rui, "客户没有提问", DisputeState.OPEN)
    assert dispute.turns == [{"turn": 2, "speaker": "customer", "text": "等一下，我上次退款还没到账呢。"}]
    assert dispute.due_at.isoformat() == "2026-11-24T02:00:00+00:00"
    assert [event.kind for event in review.events.all()] == [EventKind.DISPUTED]
    assert "等一下，我上次退款还没到账呢。" in reviewer_client.get(reverse("dispute_view", args=[dispute.pk])).text


def test_the_form_offers_every_turn_and_ticks_the_evidence(reviewer_client, review):
    page = reviewer_client.get(reverse("dispute_new", args=[review.pk, "answer"])).text

    assert page.count('name="turns"') == 3
    assert page.count("checked") == 1


def test_without_a_turn_nobody_knows_where_to_listen(reviewer_client, review):
    response = raise_on(reviewer_client, review, turns=[])

    assert response.status_code == 422
    assert "Choose at least one turn" in response.text
    assert "客户没有提问" in response.text


def test_one_answer_has_one_open_dispute(reviewer_client, supervisor_client, review):
    raise_on(reviewer_client, review)

    response = raise_on(supervisor_client, review)

    assert response.status_code == 409
    assert "is disputed already" in response.text
    assert Dispute.objects.count() == 1


def test_a_draft_cannot_be_disputed(reviewer_client, review):
    Review.objects.update(state=ReviewState.DRAFT)

    assert "cannot be disputed" in raise_on(reviewer_client, review).text


def test_a_review_that_one_may_not_see_cannot_be_disputed(rong_client, supervisor_client, su, review):
    assert raise_on(rong_client, review).status_code == 404
    TaskScope.objects.create(user=su)
    assert raise_on(supervisor_client, review).status_code == 404
    assert raise_on(supervisor_client, review, "nothing").status_code == 404


def test_accepting_changes_the_answer_and_counts_the_score_anew(supervisor_client, su, review, dispute):
    decide(supervisor_client, dispute, "accepted", value="pass", comment="")

    review.refresh_from_db()
    dispute.refresh_from_db()
    resolution = Resolution.objects.get()
    assert (review.score, review.passed, dispute.state) == (100.0, True, DisputeState.ACCEPTED)
    assert review.answers()["answer"] == Answer("pass", turns=(2,))
    assert (resolution.by, resolution.reason) == (su, "再听一遍")
    assert (resolution.before["value"], resolution.before["score"]) == ("fail", 66.67)
    assert (resolution.after["value"], resolution.after["score"]) == ("pass", 100.0)
    event = review.events.last()
    assert event and (event.kind, event.by) == (EventKind.RESOLVED, su)
    assert event.detail["before"]["score"] == 66.67
    page = supervisor_client.get(reverse("dispute_view", args=[dispute.pk])).text
    assert "66.7" in page and "100" in page


def test_accepting_means_another_answer(supervisor_client, review, dispute):
    response = decide(supervisor_client, dispute, "accepted", value="fail", comment="没有回答")

    assert response.status_code == 422
    assert "Accepting means another answer." in response.text
    assert "再听一遍" in response.text


def test_accepting_partly_may_change_the_comment_alone(supervisor_client, review, dispute):
    assert decide(supervisor_client, dispute, "partly", value="fail", comment="没有回答").status_code == 422

    decide(supervisor_client, dispute, "partly", value="fail", comment="回答得太晚")

    review.refresh_from_db()
    assert review.score == 66.67
    assert review.answers()["answer"].comment == "回答得太晚"
    assert Dispute.objects.get().state == DisputeState.PARTLY


def test_a_rejection_changes_nothing_and_is_final(supervisor_client, reviewer_client, review, dispute):
    decide(supervisor_client, dispute, "rejected", value="pass")

    review.refresh_from_db()
    assert (review.score, review.answers()["answer"].value) == (66.67, "fail")
    assert "That is final." in raise_on(reviewer_client, review).text
    assert Dispute.objects.count() == 1


def test_an_accepted_answer_can_be_disputed_again(supervisor_client, reviewer_client, review, dispute):
    decide(supervisor_client, dispute, "accepted", value="pass")

    assert raise_on(reviewer_client, review).status_code == 302


def test_not_applicable_leaves_the_denominator(supervisor_client, review, dispute):
    decide(supervisor_client, dispute, "accepted", value="n/a", comment="")

    review.refresh_from_db()
    assert review.score == 100.0
    assert review.answers()["answer"].is_na


def test_nobody_decides_about_a_review_of_their_own(supervisor_client, su, reviewer_client, rui):
    review = make_review(make_call(), su, FAILED)
    raise_on(supervisor_client, review)
    dispute = Dispute.objects.get()

    assert decide(supervisor_client, dispute, "rejected").status_code == 403
    assert "Somebody else has to decide." in supervisor_client.get(reverse("dispute_view", args=[dispute.pk])).text
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_a_reviewer_decides_nothing(reviewer_client, dispute):
    assert decide(reviewer_client, dispute, "rejected").status_code == 403


def test_whoever_is_slower_is_told_and_keeps_their_words(supervisor_client, admin_client, review, dispute):
    decide(admin_client, dispute, "rejected")

    response = decide(supervisor_client, dispute, "accepted", value="pass", reason="我听到的是另一句")

    assert response.status_code == 409
    assert "This dispute is decided." in response.text
    assert "我听到的是另一句" in response.text
    assert Resolution.objects.count() == 1


def test_a_review_opened_again_is_decided_when_it_is_finished(supervisor_client, review, dispute):
    Review.objects.update(state=ReviewState.DRAFT)

    response = decide(supervisor_client, dispute, "accepted", value="pass")

    assert response.status_code == 409
    assert "The review was opened again." in response.text
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_only_who_raised_it_withdraws_it(supervisor_client, reviewer_client, rui, dispute):
    address = reverse("dispute_withdraw", args=[dispute.pk])

    assert supervisor_client.post(address).status_code == 403
    reviewer_client.post(address)

    assert Dispute.objects.get().state == DisputeState.WITHDRAWN
    assert (Resolution.objects.get().by, Resolution.objects.get().state) == (rui, DisputeState.WITHDRAWN)


def test_a_withdrawn_dispute_is_not_decided(supervisor_client, reviewer_client, dispute):
    reviewer_client.post(reverse("dispute_withdraw", args=[dispute.pk]))

    assert decide(supervisor_client, dispute, "accepted", value="pass").status_code == 409
    assert Dispute.objects.get().state == DisputeState.WITHDRAWN


def test_what_is_overdue_is_listed(supervisor_client, dispute):
    address = reverse("dispute_view", args=[dispute.pk])
    assert address not in supervisor_client.get(f"{reverse('dispute_list')}?show=overdue").text
    Dispute.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    page = supervisor_client.get(f"{reverse('dispute_list')}?show=overdue").text

    assert address in page
    assert list(Dispute.objects.overdue()) == [dispute]


@pytest.mark.parametrize("show", ["open", "mine", "nonsense"])
def test_lists_show_what_one_may_see(reviewer_client, rong_client, dispute, show):
    address = reverse("dispute_view", args=[dispute.pk])

    assert address in reviewer_client.get(f"{reverse('dispute_list')}?show={show}").text
    assert address not in rong_client.get(f"{reverse('dispute_list')}?show={show}").text


def test_a_dispute_outlives_its_call(reviewer_client, supervisor_client, review, dispute):
    Call.objects.all().delete()

    page = supervisor_client.get(reverse("dispute_view", args=[dispute.pk])).text
    assert "The call is gone" in page
    assert "等一下，我上次退款还没到账呢。" in page
    assert raise_on(supervisor_client, review, "greeting", turns=[]).status_code == 302
    decide(supervisor_client, dispute, "accepted", value="pass")
    assert Review.objects.get().score == 100.0


def test_a_fatal_answer_that_falls_takes_the_zero_along(supervisor_client, reviewer_client, rui):
    card = Card((Section("Talk", (Criterion("law", "Says who calls", options=PASS_FAIL, stakes=Stakes.FATAL),)),))
    review = make_review(make_call(), rui, {"law": Answer("fail", turns=(1,))}, version=make_version(card=card))
    assert (review.score, review.is_fatal) == (0.0, True)
    raise_on(reviewer_client, review, "law")

    decide(supervisor_client, Dispute.objects.get(), "accepted", value="pass")

    review.refresh_from_db()
    assert (review.score, review.is_fatal, review.passed) == (100.0, False, True)


def test_a_good_answer_that_becomes_bad_gets_the_turns_of_the_dispute(supervisor_client, review, reviewer_client):
    raise_on(reviewer_client, review, "greeting", turns=["1"])

    decide(supervisor_client, Dispute.objects.get(), "accepted", value="fail")

    mark = review.marks.get(criterion="greeting")
    assert mark.is_negative
    assert [(one.turn, one.text) for one in mark.evidence.all()] == [(1, "您好，请问是张女士吗？")]


def test_the_intent_that_was_judged_follows(supervisor_client, reviewer_client, rui):
    version = make_version(card=make_card())
    review = make_review(make_call(), rui, {"intent": Answer("a")}, version=version, judged_intent="A")
    raise_on(reviewer_client, review, "intent")

    decide(supervisor_client, Dispute.objects.get(), "accepted", value="d")

    review.refresh_from_db()
    assert review.judged_intent == "D"


@pytest.mark.parametrize(
    "value, sentence", [("x", "Enter a number."), ("11", "from 0 to 10"), ("", "Say which answer")]
)
def test_a_number_is_a_number(supervisor_client, reviewer_client, rui, value, sentence):
    number = Criterion("wait", "Seconds of silence", CriterionKind.NUMBER, least=0, most=10, passes_from=3)
    version = make_version(card=Card((Section("Talk", (number,)),)))
    review = make_review(make_call(), rui, {"wait": Answer("2")}, version=version)
    raise_on(reviewer_client, review, "wait")

    response = decide(supervisor_client, Dispute.objects.get(), "accepted", value=value)

    assert response.status_code == 422
    assert sentence in response.text


def test_a_number_that_was_shown_masked_is_kept_whole(supervisor_client, reviewer_client, review, su):
    review.marks.filter(criterion="answer").update(comment="Rang\n13800005678")
    raise_on(reviewer_client, review)
    dispute = Dispute.objects.get()

    page = supervisor_client.get(reverse("dispute_view", args=[dispute.pk])).text
    decide(supervisor_client, dispute, "accepted", value="pass", comment="Rang\r\n138****5678")

    assert "138****5678" in page and "13800005678" not in page
    mark = review.marks.get(criterion="answer")
    assert (mark.value, mark.comment) == ("pass", "Rang\n13800005678")


def test_an_answer_that_needs_a_comment_gets_one(supervisor_client, reviewer_client, rui):
    options = (Option("pass", "Pass"), Option("fail", "Fail", 0.0, is_negative=True))
    asked = Criterion("tone", "Is polite", options=options, comment_rule=CommentRule.NEGATIVE)
    version = make_version(card=Card((Section("Talk", (asked,)),)))
    review = make_review(make_call(), rui, {"tone": Answer("pass")}, version=version)
    raise_on(reviewer_client, review, "tone")

    response = decide(supervisor_client, Dispute.objects.get(), "accepted", value="fail", comment="")

    assert response.status_code == 422
    assert "This answer needs a comment." in response.text


@pytest.mark.parametrize("decision", ["", "open", "withdrawn", "nonsense"])
def test_a_decision_is_one_of_three(supervisor_client, dispute, decision):
    assert decide(supervisor_client, dispute, decision).status_code == 422
    assert Dispute.objects.get().state == DisputeState.OPEN


@pytest.fixture
def many_supervisors(transactional_db: None) -> Iterator[list[User]]:
    people = [User.objects.create_user(f"su{number}") for number in range(6)]
    for person in people:
        person.groups.add(Group.objects.get(name="Supervisor"))
    yield people


def test_of_many_who_decide_at_once_one_wins(many_supervisors):
    reviewer = User.objects.create_user("someone")
    review = make_review(make_call(), reviewer, FAILED)
    mark = review.marks.get(criterion="answer")
    dispute = Dispute.objects.create(mark=mark, raised_by=reviewer, reason="?", due_at=timezone.now())

    def decide_as(person: User) -> str:
        try:
            resolve(dispute, person, DisputeState.ACCEPTED, "me", Answer("pass"))
        except TooLate as error:
            return error.messages[0]
        finally:
            connections[connection.alias].close()
        return "won"

    with ThreadPoolExecutor(len(many_supervisors)) as pool:
        said = list(pool.map(decide_as, many_supervisors))

    assert said.count("won") == 1
    assert all("was faster: Accepted." in sentence for sentence in said if sentence != "won")
    assert Resolution.objects.count() == 1
    assert Review.objects.get().score == 100.0
