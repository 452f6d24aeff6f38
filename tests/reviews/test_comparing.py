"""What two people answered, laid side by side, and the page that says how far they agree."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse

from reviews.opinions.comparing import by_criterion, by_people, compared, second_opinions
from reviews.scoring import Answer, Card, Criterion, Section
from reviews.vocabulary import CriterionKind
from tests.builders import make_call
from tests.reviews.builders import FINE, WRONG, finish, finish_all, make_calibration, make_pair, make_version


def pairs(rui: User, rong: User, *opinions: tuple[dict[str, Answer], dict[str, Answer]]) -> None:
    for one, other in opinions:
        first, second = make_pair(make_call())
        finish(first, rui, one)
        finish(second, rong, other)


def test_answers_are_compared_criterion_by_criterion(su, rui, rong):
    pairs(rui, rong, (FINE, FINE), (FINE, WRONG))

    rows = by_criterion(compared(second_opinions(su)))

    found = {row.key: (row.agreement.same, row.agreement.n) for row in rows}
    assert found == {"greeting": (2, 2), "answer": (1, 2), "goodbye": (2, 2)}


def test_two_people_are_one_row_whoever_was_first(su, rui, rong):
    pairs(rui, rong, (FINE, WRONG))
    pairs(rong, rui, (FINE, FINE))

    [row] = by_people(compared(second_opinions(su)))

    assert row.title == "rong · rui"
    assert (row.agreement.same, row.agreement.n) == (5, 6)


def test_not_applicable_is_an_answer(su, rui, rong):
    pairs(rui, rong, (FINE, FINE | {"answer": Answer(is_na=True)}))

    [differing] = [one for one in compared(second_opinions(su)) if not one.is_same]

    assert differing.words == ("Pass", "Not applicable")


def test_what_one_was_not_asked_is_not_compared(su, rui, rong):
    pairs(rui, rong, (FINE, {"greeting": Answer("pass")}))

    assert [one.criterion.key for one in compared(second_opinions(su))] == ["greeting"]


def test_of_a_number_with_a_limit_the_verdict_counts_and_of_a_text_nothing(su, rui, rong):
    wait = Criterion("wait", "Silence", CriterionKind.NUMBER, passes_from=3)
    loud = Criterion("loud", "Loudness", CriterionKind.NUMBER)
    words = Criterion("words", "In your words", CriterionKind.TEXT)
    make_version(card=Card((Section("Talk", (wait, loud, words)),)))
    one = {"wait": Answer("3"), "loud": Answer("3"), "words": Answer("a")}
    other = {"wait": Answer("8.5"), "loud": Answer("3.0"), "words": Answer("b")}
    pairs(rui, rong, (one, other))

    found = compared(second_opinions(su))

    assert [(item.criterion.key, item.is_same) for item in found] == [("wait", True), ("loud", True)]


def test_pairs_are_narrowed(su, rui, rong):
    pairs(rui, rong, (FINE, FINE))

    assert len(second_opinions(su)) == 1
    assert second_opinions(su, Q(finished_at__date__lt="2020-01-01")) == []


def test_the_page_says_when_there_are_too_few(supervisor_client, rui, rong):
    pairs(rui, rong, (FINE, WRONG))

    page = supervisor_client.get(reverse("agreement")).text

    assert "0 of 1" in page
    assert "Too few to say: fewer than 10 pairs" in page


def test_the_page_gives_kappa_and_ac1_and_says_where_they_are_undefined(supervisor_client, rui, rong):
    pairs(rui, rong, *[(FINE, FINE)] * 8, (WRONG, WRONG), (FINE, WRONG))

    page = supervisor_client.get(reverse("agreement")).text

    assert "0.615" in page and "0.866" in page
    assert "Undefined: everybody gave the same answer" in page


def test_a_figure_leads_to_the_calls_behind_it(supervisor_client, rui, rong):
    pairs(rui, rong, (FINE, WRONG), (FINE, FINE))

    page = supervisor_client.get(f"{reverse('agreement')}?criterion=answer").text

    assert page.count("Answers what was asked") == 2  # its row, and the one answer that differs
    assert "Fail" in page


def test_the_expert_is_another_question(supervisor_client, rui, su):
    calibration = make_calibration([make_call()], [rui], su)
    finish_all(calibration, rui, WRONG)
    finish_all(calibration, su, FINE)

    assert "Nothing to compare yet" in supervisor_client.get(reverse("agreement")).text
    assert "rui · su" in supervisor_client.get(f"{reverse('agreement')}?against=expert").text


@pytest.mark.parametrize(
    "query",
    [
        "against=x",
        "scorecard=x&reviewer=9999",
        "finished_since=yesterday",
        "criterion=%3Cevil%3E&people=1-x",
        "reviewer=%00",
    ],
)
def test_what_the_page_does_not_understand_narrows_nothing(supervisor_client, rui, rong, query):
    pairs(rui, rong, (FINE, FINE))

    response = supervisor_client.get(f"{reverse('agreement')}?{query}")

    assert response.status_code == 200
    assert "By criterion" in response.text
    assert "<evil>" not in response.text


def test_reviewers_narrow_it_to_themselves(supervisor_client, rui, rong, su, ada):
    pairs(rui, rong, (FINE, FINE))
    pairs(rui, ada, (FINE, WRONG))

    page = supervisor_client.get(f"{reverse('agreement')}?reviewer={ada.pk}").text

    assert "ada · rui" in page and "rong · rui" not in page
