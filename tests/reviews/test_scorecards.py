"""Scorecards through their life: draft, published, retired; and what people bring as content."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import translation

from reviews import ready
from reviews.models import Scorecard, ScorecardVersion
from reviews.models.scorecard import Immutable
from reviews.scoring import Answer, Card, score_of
from reviews.vetting import problems_in
from reviews.vocabulary import VersionState
from tests.meanwhile import begun_meanwhile, meanwhile
from tests.reviews.builders import make_card, make_version
from tests.reviews.golden import cases


def draft_of(scorecard: Scorecard) -> ScorecardVersion:
    draft = scorecard.draft
    assert draft
    return draft


def card_named(key: str, language: str) -> Card:
    found = ready.ready_named(key, language)
    assert found
    return found.card


def another_card() -> Card:
    return Card(make_card().sections, passes_from=50)


# ---- Versions


@pytest.mark.django_db
def test_a_published_version_never_changes():
    version = make_version()
    version.content = another_card().as_json()

    with pytest.raises(Immutable):
        version.save()

    assert ScorecardVersion.objects.get().card == make_card()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["content = '{}'", "number = 9", "state = 'draft'"])
def test_the_database_refuses_as_well(change):
    version = make_version()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE reviews_scorecardversion SET {change} WHERE id = %s", [version.pk])

    assert ScorecardVersion.objects.get().card == make_card()


@pytest.mark.django_db
def test_a_published_version_cannot_be_deleted():
    with pytest.raises(Immutable):
        make_version().delete()


@pytest.mark.django_db
def test_publishing_retires_the_version_before(ada):
    first = make_version()
    scorecard = first.scorecard
    assert scorecard.write_draft(another_card(), ada, seen=scorecard.stamp)
    draft = draft_of(scorecard)

    assert draft.publish(ada, seen=draft.stamp)

    first.refresh_from_db()
    assert (first.state, first.card) == (VersionState.RETIRED, make_card())
    assert first.retired_at is not None
    assert scorecard.published == draft and draft.number == 2
    assert (draft.published_by, draft.card) == (ada, another_card())


@pytest.mark.django_db
def test_of_two_people_who_edit_the_later_one_is_told(ada, su):
    scorecard = Scorecard.objects.create(name="Compliance")
    seen_by_both = scorecard.stamp

    assert scorecard.write_draft(make_card(), ada, seen=seen_by_both)
    assert not scorecard.write_draft(another_card(), su, seen=seen_by_both)

    assert draft_of(scorecard).card == make_card()
    assert scorecard.write_draft(another_card(), su, seen=scorecard.stamp)
    assert draft_of(scorecard).card == another_card()


@pytest.mark.django_db
def test_what_was_saved_meanwhile_is_not_published_unseen(ada, su):
    scorecard = Scorecard.objects.create(name="Compliance")
    scorecard.write_draft(make_card(), ada, seen=scorecard.stamp)
    draft = draft_of(scorecard)
    scorecard.write_draft(another_card(), su, seen=scorecard.stamp)

    assert not draft.publish(ada, seen=draft.stamp if draft.edit == 1 else "1.1")

    assert scorecard.published is None


@pytest.fixture
def looked_at(db: None, ada: User) -> ScorecardVersion:
    """The only version of its scorecard."""
    scorecard = Scorecard.objects.create(name="Compliance")
    scorecard.write_draft(make_card(), ada, seen=scorecard.stamp)
    return draft_of(scorecard)


# the moment in which a step has read the draft of the page, and nothing else
BEGINS = 'FROM "reviews_scorecard" WHERE'


@pytest.mark.parametrize("step", ["publish", "discard"])
def test_what_is_saved_in_the_very_moment_is_neither_published_nor_discarded_unseen(looked_at, ada, su, step):
    scorecard, seen = looked_at.scorecard, looked_at.stamp

    with meanwhile(lambda: scorecard.write_draft(another_card(), su, seen=seen), before=BEGINS):
        assert not (looked_at.publish(ada, seen=seen) if step == "publish" else looked_at.discard(seen=seen))

    assert draft_of(scorecard).card == another_card()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["publish", "discard"])
def test_whoever_saves_while_a_draft_is_published_or_discarded_waits_and_is_told(looked_at, ada, su, step):
    # of their own: what is deleted forgets its number, and theirs may be asked a moment later
    scorecard, seen = Scorecard.objects.get(), looked_at.stamp

    held = "FROM reviews_scorecardversion WHERE state"
    with begun_meanwhile(lambda: scorecard.write_draft(another_card(), su, seen=seen), after=held) as saved:
        assert looked_at.publish(ada, seen=seen) if step == "publish" else looked_at.discard(seen=seen)

    assert not saved()
    assert not ScorecardVersion.objects.filter(content=another_card().as_json()).exists()


def test_a_draft_that_is_discarded_meanwhile_is_not_published(looked_at, ada):
    other = ScorecardVersion.objects.get()

    with meanwhile(lambda: other.discard(seen=other.stamp), before=BEGINS):
        assert not looked_at.publish(ada, seen=looked_at.stamp)

    assert not Scorecard.objects.exists()


def test_a_draft_that_is_published_meanwhile_is_not_discarded(looked_at, ada):
    other = ScorecardVersion.objects.get()

    with meanwhile(lambda: other.publish(ada, seen=other.stamp), before=BEGINS):
        assert not looked_at.discard(seen=looked_at.stamp)

    assert ScorecardVersion.objects.get().is_published


@pytest.mark.django_db
def test_there_is_one_draft_at_a_time():
    scorecard = make_version(state=VersionState.DRAFT).scorecard

    with pytest.raises(IntegrityError), transaction.atomic():
        make_version(number=2, state=VersionState.DRAFT)

    assert scorecard.versions.count() == 1


@pytest.mark.django_db
def test_a_retired_version_is_not_published_any_more():
    version = make_version()

    assert version.retire() and not version.retire()

    assert version.scorecard.published is None


# ---- Ready ones


@pytest.mark.parametrize("one", ready.READY, ids=[f"{one.key}-{one.language}" for one in ready.READY])
def test_ready_scorecards_are_sound(one: ready.Ready):
    assert problems_in(json.loads(json.dumps(one.card.as_json()))) == []
    fine = {criterion.key: Answer(criterion.fine.key) for criterion in one.card if criterion.fine}
    score = score_of(one.card, fine)
    assert (score.total, score.passed) == (100, True)


def test_ready_scorecards_ask_the_same_in_both_languages():
    for key in ("compliance", "sales"):
        english, chinese = (card_named(key, language) for language in ("en", "zh-hans"))
        assert [criterion.key for criterion in english] == [criterion.key for criterion in chinese]
        for one, other in zip(english, chinese, strict=True):
            assert bool(one.help) == bool(other.help)
            assert [option.key for option in one.options] == [option.key for option in other.options]


@pytest.mark.django_db
def test_the_first_scorecard_is_installed_once_in_the_readers_language():
    with translation.override("zh-hans"):
        version = ready.install()
        again = ready.install()

    assert version == again and version.is_published
    assert version.scorecard.name == "外呼合规"


# ---- What people bring


@pytest.mark.parametrize("card", {case.card for case in cases()} | {make_card()})
def test_what_we_write_ourselves_is_sound(card: Card):
    content = card.as_json()
    for section in content["sections"]:
        for criterion in section["criteria"]:
            criterion["title"] = criterion["title"] or "x"

    assert [str(problem) for problem in problems_in(content)] == []


def broken(*path: Any, value: Any) -> dict[str, Any]:
    """A sound scorecard with one thing wrong."""
    content: dict[str, Any] = deepcopy(card_named("sales", "en").as_json())
    place: Any = content
    for step in path[:-1]:
        place = place[step]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


OBJECTION = ("sections", 2, "criteria", 1)
NEEDS = ("sections", 1, "criteria", 0)


@pytest.mark.parametrize(
    ("content", "path", "words"),
    [
        (None, "", "an object"),
        ([], "", "an object"),
        ({"sections": []}, "sections", "Add a section"),
        (broken("passes_from", value=101), "passes_from", "from 0 to 100"),
        (broken("passes_from", value=float("nan")), "passes_from", "from 0 to 100"),
        (broken("passes_from", value=True), "passes_from", "from 0 to 100"),
        (broken("stray", value=1), "stray", "no such field"),
        (broken("sections", 0, "title", value="  "), "sections[0].title", "Write something"),
        (broken("sections", 0, "criteria", value=[]), "sections[0].criteria", "Add a criterion"),
        (broken("sections", 0, "criteria", value={"a": 1}), "sections[0].criteria", "Add a criterion"),
        (broken("sections", 0, "criteria", 0, value="x"), "sections[0].criteria[0]", "an object"),
        (broken(*NEEDS, "title", value=KeyError), "sections[1].criteria[0].title", "a text"),
        (broken(*NEEDS, "title", value="x" * 121), "sections[1].criteria[0].title", "At most 120"),
        (broken(*NEEDS, "title", value="a\0b"), "sections[1].criteria[0].title", "cannot be stored"),
        (broken(*NEEDS, "key", value="reason"), "sections[1].criteria[0].key", "used twice"),
        (broken(*NEEDS, "key", value="Große"), "sections[1].criteria[0].key", "A key has"),
        (broken(*NEEDS, "weight", value="10"), "sections[1].criteria[0].weight", "from 0 to 1,000"),
        (broken(*NEEDS, "weight", value=-1), "sections[1].criteria[0].weight", "from 0 to 1,000"),
        (broken(*NEEDS, "weight", value=10**400), "sections[1].criteria[0].weight", "from 0 to 1,000"),
        (broken(*NEEDS, "kind", value="stars"), "sections[1].criteria[0].kind", "Choose one of: pass_fail"),
        (broken(*NEEDS, "kind", value=["scale"]), "sections[1].criteria[0].kind", "Choose one of"),
        (broken(*NEEDS, "allows_na", value="yes"), "sections[1].criteria[0].allows_na", "true or false"),
        (broken(*NEEDS, "options", value=[]), "sections[1].criteria[0].options", "at least two"),
        (broken(*NEEDS, "options", 0, "share", value=1.5), "sections[1].criteria[0].options[0].share", "from 0 to 1"),
        (broken(*NEEDS, "options", 0, "share", value=None), "sections[1].criteria[0].options[0].share", "from 0 to 1"),
        (broken(*NEEDS, "options", 0, "key", value="na"), "sections[1].criteria[0].options[0].key", "A key has"),
        (broken(*NEEDS, "options", 1, "key", value="s1"), "sections[1].criteria[0].options[1].key", "used twice"),
        (broken(*OBJECTION, "options", value=[{}, 1]), "sections[2].criteria[1].options[0]", "an object"),
        (
            broken(*OBJECTION, "options", 0, "is_negative", value="x"),
            "sections[2].criteria[1].options",
            "Pass or fail has two options",
        ),
        (
            broken(*OBJECTION, "shown_if", "criterion", value="honest"),
            "sections[2].criteria[1].shown_if.criterion",
            "asked before",
        ),
        (
            broken(*OBJECTION, "shown_if", "criterion", value="objection"),
            "sections[2].criteria[1].shown_if.criterion",
            "asked before",
        ),
        (
            broken(*OBJECTION, "shown_if", "options", value=["perhaps"]),
            "sections[2].criteria[1].shown_if.options",
            "not among",
        ),
        (
            broken(*OBJECTION, "shown_if", "options", value=[]),
            "sections[2].criteria[1].shown_if.options",
            "at least one",
        ),
        (broken("sections", 3, "criteria", 2, "stakes", value="fatal"), "sections[3].criteria[2].stakes", "No answer"),
        (broken(*NEEDS, "judges_intent", value=True), "sections[1].criteria[0].judges_intent", "one of several"),
        (
            broken("sections", 3, "criteria", 0, "judges_intent", value=True),
            "sections[3].criteria[1].judges_intent",
            "Another criterion",
        ),
        (
            {"sections": [{"title": "x", "criteria": [{"key": "a", "title": "x", "kind": "text"}] * 61}]},
            "sections[0].criteria",
            "At most 60",
        ),
        (
            broken(*NEEDS, value={"key": "n", "title": "n", "kind": "number", "least": 5, "most": 1}),
            "sections[1].criteria[0].most",
            "below the least",
        ),
        (
            broken(*NEEDS, value={"key": "n", "title": "n", "kind": "number", "most": 1, "passes_from": 3}),
            "sections[1].criteria[0].passes_from",
            "outside",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content, path, words):
    problems = problems_in(content)

    assert any(problem.path == path and words in problem.sentence for problem in problems), problems


@pytest.mark.django_db
def test_the_demo_has_a_published_scorecard():
    call_command("begin_reviews_demo")
    call_command("begin_reviews_demo")

    assert [str(version) for version in ScorecardVersion.objects.published()] == ["Outbound compliance v1"]
