"""Scorecards on the page: lists, the editor, publishing, trying, files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from calls.models import Call, CallTask
from calls.models.scope import TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews import exchange, ready
from reviews.editing import Typed
from reviews.editing.rows import Field, rows_of
from reviews.models import Scorecard, ScorecardVersion
from reviews.scoring import Card
from tests.builders import make_call
from tests.meanwhile import meanwhile
from tests.reviews.builders import make_card, make_review, make_version

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def make_scorecard(name: str = "Compliance", card: Card | None = None) -> Scorecard:
    """With a draft and nothing else."""
    scorecard = Scorecard.objects.create(name=name)
    scorecard.write_draft(card or make_card(), None, seen=scorecard.stamp)
    return scorecard


def fields_of(typed: Typed) -> dict[str, Any]:
    """What a browser sends for these rows when nobody touches them."""
    rows = rows_of(typed)
    sent: dict[str, Any] = {"name": rows.name.value, "passes_from": rows.passes_from.value}
    for section in rows.sections:
        sent[section.title.name] = section.title.value
        for row in section.criteria:
            sent |= {f"{row.at}-key": row.key, f"{row.at}-was": row.kind, row.condition.name: row.condition.value}
            chosen = [value for value, _label, is_chosen in row.condition_options.choices if is_chosen]
            sent[row.condition_options.name] = chosen
            sent |= sent_by(*row.fields.values())
            for option in row.options:
                sent |= sent_by(option.key, option.label, option.share, option.is_negative)
    return sent


def sent_by(*fields: Field) -> dict[str, Any]:
    """A tick that is not set is not sent."""
    return {field.name: "on" if field.value is True else field.value for field in fields if field.value is not False}


def typed(scorecard: Scorecard, **changes: str) -> dict[str, Any]:
    newest = scorecard.newest
    assert newest
    return fields_of(Typed.of(scorecard.name, newest.card)) | {"seen": scorecard.stamp} | changes


def edit(client: Client, scorecard: Scorecard, act: str = "save", **changes: Any) -> Any:
    fields = typed(scorecard) | changes
    return client.post(f"/scorecards/{scorecard.pk}/edit", fields | {"act": act})


def draft_of(scorecard: Scorecard) -> ScorecardVersion:
    draft = scorecard.draft
    assert draft
    return draft


def published(scorecard: Scorecard) -> ScorecardVersion:
    version = scorecard.published
    assert version
    return version


def card_of(scorecard: Scorecard) -> Card:
    newest = scorecard.newest
    assert newest
    return newest.card


# ---- Lists


def test_the_list_says_what_to_do_when_there_is_nothing(admin_client, reviewer_client):
    page = admin_client.get("/scorecards/").text

    assert "No scorecards yet" in page
    for one in ready.READY:
        assert one.name in page
    assert "An administrator writes" in reviewer_client.get("/scorecards/").text


def test_drafts_are_for_those_who_write_them(admin_client, reviewer_client):
    scorecard = make_scorecard()

    assert "Compliance" in admin_client.get("/scorecards/").text
    assert "Compliance" not in reviewer_client.get("/scorecards/").text
    assert reviewer_client.get(scorecard.get_absolute_url()).status_code == 404
    assert reviewer_client.get(f"/scorecards/{scorecard.pk}/export").status_code == 404


def test_a_scorecard_shows_its_versions_and_their_reviews(admin_client, rui):
    version = make_version()
    make_review(make_call(), rui, version=version)
    version.scorecard.write_draft(make_card(), None, seen=version.scorecard.stamp)

    page = admin_client.get(version.scorecard.get_absolute_url()).text

    assert "v1" in page and "v2" in page
    assert 'id="criterion-greeting"' in page
    assert admin_client.get(f"{version.scorecard.get_absolute_url()}?version=7").status_code == 404


# ---- The editor


@pytest.mark.parametrize("one", ready.READY, ids=[f"{one.key}-{one.language}" for one in ready.READY])
def test_saving_what_stands_there_changes_nothing(admin_client, one):
    scorecard = make_scorecard(card=one.card)

    assert edit(admin_client, scorecard).status_code == 302

    assert card_of(scorecard) == one.card


def test_a_draft_is_saved_as_it_was_typed(admin_client, ada):
    scorecard = make_scorecard()

    edit(
        admin_client,
        scorecard,
        name="Outbound",
        passes_from="７５",
        **{"s0-c0-title": "问候", "s0-c0-weight": "12.5", "s0-c0-stakes": "fatal"},
    )

    scorecard.refresh_from_db()
    greeting = card_of(scorecard).criterion("greeting")
    assert (scorecard.name, card_of(scorecard).passes_from) == ("Outbound", 75)
    assert greeting and (greeting.title, greeting.weight, greeting.stakes) == ("问候", 12.5, "fatal")
    assert draft_of(scorecard).changed_by == ada


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(admin_client):
    scorecard = make_scorecard()

    answer = edit(
        admin_client, scorecard, name="", **{"s0-c0-title": " ", "s0-c1-weight": "heavy", "s0-c2-title": "再见"}
    )

    assert answer.status_code == 422
    assert "3 things have to be mended" in answer.text
    assert 'value="heavy"' in answer.text and 'value="再见"' in answer.text
    assert 'id="edit-answer-weight-error"' in answer.text
    assert card_of(scorecard) == make_card()


def test_editing_a_published_version_makes_the_next_ones_draft(admin_client):
    version = make_version()

    page = admin_client.get(f"/scorecards/{version.scorecard.pk}/edit")
    edit(admin_client, version.scorecard, **{"s0-c0-title": "Says who it is"})

    assert "Draft of version 2" in page.text
    assert version.scorecard.versions.count() == 2
    version.refresh_from_db()
    assert version.card == make_card()
    greeting = card_of(version.scorecard).criterion("greeting")
    assert greeting and greeting.title == "Says who it is"


def test_of_two_who_edit_the_later_one_is_told_and_decides(admin_client, ada):
    scorecard = make_scorecard()
    before = scorecard.stamp
    scorecard.write_draft(Card(make_card().sections, 60), ada, seen=before)

    told = edit(admin_client, scorecard, seen=before, passes_from="70")

    assert told.status_code == 409
    assert "ada has saved this draft since" in told.text and 'value="70"' in told.text
    assert card_of(scorecard).passes_from == 60
    assert f'name="seen" value="{scorecard.stamp}"' in told.text
    edit(admin_client, scorecard, passes_from="70")
    assert card_of(scorecard).passes_from == 70


def test_a_draft_that_was_published_meanwhile_is_not_written_over(admin_client, ada):
    scorecard = make_scorecard()
    before = scorecard.stamp
    draft_of(scorecard).publish(ada, seen=before)

    told = edit(admin_client, scorecard, seen=before, passes_from="70")

    assert told.status_code == 409 and "published or discarded" in told.text
    assert card_of(scorecard).passes_from == 80
    assert edit(admin_client, scorecard, passes_from="70").status_code == 302
    assert published(scorecard).card.passes_from == 80
    assert draft_of(scorecard).card.passes_from == 70


def keys_in(page: HttpResponse) -> list[str]:
    """Keys of the criteria in the order in which the editor shows them."""
    parts = page.text.split('class="editor__criterion" id="edit-')[1:]
    return [part.partition('"')[0] for part in parts]


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("up:0.1", ["answer", "greeting", "goodbye", "intent"]),
        ("down:0.0", ["answer", "greeting", "goodbye", "intent"]),
        ("down:0.2", ["greeting", "answer", "goodbye", "intent"]),
        ("up:1.0", ["greeting", "answer", "goodbye", "intent"]),
        ("remove:0.1", ["greeting", "goodbye", "intent"]),
        ("up:1", ["intent", "greeting", "answer", "goodbye"]),
        ("remove:0", ["intent"]),
        ("up:0.0", ["greeting", "answer", "goodbye", "intent"]),
        ("up:9.9", ["greeting", "answer", "goodbye", "intent"]),
        ("down:-1.0", ["greeting", "answer", "goodbye", "intent"]),
        ("dance:0", ["greeting", "answer", "goodbye", "intent"]),
        ("up", ["greeting", "answer", "goodbye", "intent"]),
    ],
)
def test_rows_move_without_scripts_and_nothing_is_saved(admin_client, act, order):
    scorecard = make_scorecard()

    page = edit(admin_client, scorecard, act, **{"s0-c2-title": "再见"})

    assert page.status_code == 200
    assert keys_in(page) == order
    assert card_of(scorecard) == make_card()


def test_new_rows_come_with_a_key_and_the_focus(admin_client):
    scorecard = make_scorecard()

    page = edit(admin_client, scorecard, "add-criterion:0")
    more = edit(admin_client, scorecard, "add-section")

    assert len(keys_in(page)) == 5 and keys_in(page)[3] not in {"greeting", "answer", "goodbye", "intent"}
    assert page.text.count("autofocus") == 1
    assert len(keys_in(more)) == 5 and more.text.count('class="card editor__section"') == 3


def test_another_kind_brings_its_own_options(admin_client):
    scorecard = make_scorecard()

    page = edit(admin_client, scorecard, "look", **{"s0-c0-kind": "scale", "s0-c1-kind": "text"})
    edit(admin_client, scorecard, **{"s0-c0-kind": "scale", "s0-c1-kind": "number", "s0-c1-least": "1"})

    assert page.text.count('name="s0-c0-o4-share"') == 1 and 'name="s0-c1-weight"' not in page.text
    scale, number = (card_of(scorecard).criterion(key) for key in ("greeting", "answer"))
    assert scale and [option.share for option in scale.options] == [0, 0.25, 0.5, 0.75, 1]
    assert number and (number.options, number.least) == ((), 1)


def test_a_condition_is_chosen_among_what_is_asked_before(admin_client):
    scorecard = make_scorecard()

    page = edit(admin_client, scorecard, "look", **{"s0-c1-condition": "greeting"})
    chosen: dict[str, Any] = {"s0-c1-condition": "greeting", "s0-c1-condition_options": ["fail"]}
    edit(admin_client, scorecard, **chosen)
    moved = edit(admin_client, scorecard, "up:0.1")
    refused = edit(admin_client, scorecard, **chosen | {"s0-c1-condition": "goodbye"})

    assert 'name="s0-c1-condition_options" value="fail"' in page.text
    answer = card_of(scorecard).criterion("answer")
    assert answer and answer.shown_if and answer.shown_if.options == ("fail",)
    assert keys_in(moved)[:2] == ["answer", "greeting"]
    assert refused.status_code == 422 and "is asked before" in refused.text


def test_htmx_gets_a_slice_of_the_very_same_page(admin_client):
    scorecard = make_scorecard()
    address = f"/scorecards/{scorecard.pk}/edit"

    page = admin_client.get(address)
    part = admin_client.get(address, headers=HTMX)
    preview = admin_client.post(address, typed(scorecard, act="preview"), headers=HTMX)

    assert "<html" not in part.text and 'id="editor"' in part.text
    assert preview.text.strip() in page.text and 'id="criterion-greeting"' in preview.text


def test_an_honest_mistake_in_the_form_is_no_error_of_ours(admin_client):
    scorecard = make_scorecard()

    for fields in (
        {},
        {"s0-c0-o0-label": "x"},
        {"name": "\0", "s0-title": "\0", "passes_from": "1e999"},
        {f"s{number}-c0-title": "x" for number in range(200)},
        {"s9999-c9999-o9999-label": "x", "s0-c0-kind": "stars", "seen": "x.y"},
    ):
        answer = admin_client.post(f"/scorecards/{scorecard.pk}/edit", fields)
        assert answer.status_code == 422, fields
    assert card_of(scorecard) == make_card()


# ---- Publishing, retiring, discarding


def test_publishing_says_first_what_it_does(admin_client, rui):
    version = make_version()
    make_review(make_call(), rui, version=version)
    scorecard = version.scorecard
    edit(admin_client, scorecard, passes_from="70")

    asked = admin_client.get(f"/scorecards/{scorecard.pk}/publish")
    done = admin_client.post(f"/scorecards/{scorecard.pk}/publish", {"seen": scorecard.stamp})

    assert "Version 1 retires." in asked.text
    assert "1 finished review keeps its version and score." in asked.text
    assert done.status_code == 302 and published(scorecard).number == 2


def test_what_was_saved_after_one_looked_is_not_published(admin_client):
    scorecard = make_scorecard()
    seen = scorecard.stamp
    edit(admin_client, scorecard, passes_from="70")

    answer = admin_client.post(f"/scorecards/{scorecard.pk}/publish", {"seen": seen}, follow=True)

    assert "has changed since you looked" in answer.text
    assert scorecard.published is None


def test_retiring_and_discarding_ask_first(admin_client):
    scorecard = make_version().scorecard
    edit(admin_client, scorecard, passes_from="70")

    assert "Retire version 1" in admin_client.get(f"/scorecards/{scorecard.pk}/retire").text
    assert "Discard the draft" in admin_client.get(f"/scorecards/{scorecard.pk}/discard").text
    admin_client.post(f"/scorecards/{scorecard.pk}/discard", {"seen": scorecard.stamp})
    admin_client.post(f"/scorecards/{scorecard.pk}/retire", {"seen": "1.0"})

    assert [version.state for version in scorecard.versions.all()] == ["retired"]
    for act, sentence in (("publish", "no draft to publish"), ("retire", "nothing to retire"), ("discard", "no draft")):
        told = admin_client.post(f"/scorecards/{scorecard.pk}/{act}", follow=True)
        assert sentence in told.text


def test_a_scorecard_without_any_version_goes_with_its_draft(admin_client):
    scorecard = make_scorecard()

    admin_client.post(f"/scorecards/{scorecard.pk}/discard", {"seen": scorecard.stamp})

    assert not Scorecard.objects.exists()


READS_DRAFT = "FROM reviews_scorecardversion WHERE scorecard_id state"


@pytest.mark.parametrize("act", ["publish", "retire", "discard"])
def test_a_scorecard_that_somebody_discards_at_once_is_gone_and_no_error(admin_client, act):
    scorecard = make_scorecard()
    form = {"seen": scorecard.stamp}

    with meanwhile(lambda: draft_of(scorecard).discard(seen=form["seen"]), after=READS_DRAFT):
        told = admin_client.post(f"/scorecards/{scorecard.pk}/{act}", form, follow=True)

    assert told.status_code == 404


# ---- New ones and files


@pytest.mark.parametrize("start", ["empty", "compliance.zh-hans", "sales.en"])
def test_a_new_scorecard_begins_as_a_draft(admin_client, start):
    page = admin_client.get(f"/scorecards/new?start={start}")
    answer = admin_client.post("/scorecards/new", {"name": "Mine", "start": start})

    scorecard = Scorecard.objects.get()
    assert page.status_code == 200 and f'value="{start}"' in page.text
    assert answer.url == f"/scorecards/{scorecard.pk}/edit"
    assert admin_client.get(answer.url).status_code == 200
    assert scorecard.published is None


def test_a_name_is_taken_once(admin_client):
    make_version(name="Mine")

    answer = admin_client.post("/scorecards/new", {"name": "Mine", "start": "empty"})

    assert answer.status_code == 422 and "There is a scorecard of this name" in answer.text


def test_a_copy_begins_with_the_newest_version(admin_client):
    version = make_version()

    admin_client.post("/scorecards/new", {"name": "Mine", "start": str(version.scorecard.pk)})

    assert card_of(Scorecard.objects.get(name="Mine")) == version.card


def test_what_was_exported_can_be_imported(admin_client):
    version = make_version(card=ready.READY[1].card)

    file = admin_client.get(f"/scorecards/{version.scorecard.pk}/export")
    sent = {"file": SimpleUploadedFile("a.json", file.content), "name": "外呼"}
    answer = admin_client.post("/scorecards/import", sent)

    scorecard = Scorecard.objects.get(name="外呼")
    assert file["Content-Disposition"].endswith('-v1.json"')
    assert answer.url == f"/scorecards/{scorecard.pk}/edit"
    assert card_of(scorecard) == version.card and scorecard.published is None


def test_importing_over_a_scorecard_makes_its_next_draft(admin_client):
    version = make_version()
    text = exchange.file_of(version)

    first = admin_client.post("/scorecards/import", {"text": text})
    again = admin_client.post("/scorecards/import", {"text": text})

    assert first.status_code == 302 and draft_of(version.scorecard).number == 2
    assert again.status_code == 422 and "has a draft already" in again.text
    assert "earshot-scorecard" in again.text


GOOD: dict[str, Any] = {"format": "earshot-scorecard", "schema": 1, "name": "A", "card": make_card().as_json()}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a file or paste its text"),
        (b"{", "look at line 1, column 2"),
        (b"\xff\xfe{", "not text in UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (256 * 1024 + 1), "larger than 256 KB"),
        (b"[]", "This is no scorecard"),
        (json.dumps(GOOD | {"schema": 2}).encode(), "another version of Earshot"),
        (json.dumps(GOOD | {"name": " "}).encode(), "Write a name"),
        (json.dumps(GOOD | {"card": {"sections": [{"title": "x", "criteria": [{}]}]}}).encode(), "criteria[0]</code>"),
        (json.dumps(GOOD | {"card": NotImplemented}, default=str).encode(), "<code>card</code>"),
        (json.dumps(GOOD | {"more": 1}).encode(), "<code>more</code>"),
        (json.dumps(GOOD).replace("80.0", "NaN").encode(), "<code>card.passes_from</code>"),
    ],
)
def test_a_file_that_is_no_scorecard_says_why(admin_client, content, sentence):
    answer = admin_client.post(
        "/scorecards/import", {"file": SimpleUploadedFile("a.json", content or b"\n")} if content else {}
    )

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Scorecard.objects.exists()


# ---- Trying it


def test_a_scorecard_is_tried_on_the_newest_calls_with_words(admin_client):
    scorecard = make_scorecard()
    make_call(turns=())
    calls = [make_call() for _number in range(22)]

    newest = admin_client.get(f"/scorecards/{scorecard.pk}/preview")
    older = admin_client.get(f"/scorecards/{scorecard.pk}/preview?call={calls[-2].pk}")

    assert "Call 1 of 20" in newest.text and "我上次退款还没到账呢" in newest.text
    assert "Call 2 of 20" in older.text
    assert admin_client.get(f"/scorecards/{scorecard.pk}/preview?call={calls[0].pk}").status_code == 404


def test_the_way_from_call_to_call_stands_also_among_thousands(admin_client):
    scorecard = make_scorecard()
    older, newer = as_row(12_345, make_call()), as_row(12_346, make_call())

    first = admin_client.get(f"/scorecards/{scorecard.pk}/preview")
    second = admin_client.get(f"/scorecards/{scorecard.pk}/preview?call={older.pk}")

    assert f"call={older.pk}" in first.text
    assert f"call={newer.pk}" in second.text


def as_row(pk: int, call: Call) -> Call:
    """The same call with this primary key."""
    words = call.transcript
    Call.objects.get(pk=call.pk).delete()
    call.pk = pk
    call.save(force_insert=True)
    words.call = call
    words.save(force_insert=True)
    return call


def test_only_calls_that_the_reader_may_see_are_tried(admin_client, ada):
    scorecard = make_scorecard()
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    mine, _other = make_call(task_id="138001"), make_call(task_id="138000")
    scope = TaskScope.objects.create(user=ada)
    scope.tasks.set(CallTask.objects.filter(task_id="138001"))

    page = admin_client.get(f"/scorecards/{scorecard.pk}/preview")

    assert "Call 1 of 1" in page.text
    assert admin_client.get(f"/scorecards/{scorecard.pk}/preview?call={_other.pk}").status_code == 404
    assert admin_client.get(f"/scorecards/{scorecard.pk}/preview?call={mine.pk}").status_code == 200


def test_answers_are_scored_and_forgotten(admin_client):
    scorecard = make_scorecard()
    make_call()
    answers = {"answer-greeting": "fail", "answer-answer": "pass", "evidence-greeting": "2"}

    part = admin_client.post(f"/scorecards/{scorecard.pk}/preview", answers, headers=HTMX)
    page = admin_client.post(f"/scorecards/{scorecard.pk}/preview", answers | {"finish": "1"})

    assert '<span class="score__figure">50</span>' in part.text and "<html" not in part.text
    assert "等一下，我上次退款还没到账呢。" in part.text
    assert "No answer yet." in page.text and "No answer yet." not in part.text
    assert 'value="fail" checked' in page.text


def test_a_scorecard_can_be_tried_before_there_are_calls(admin_client):
    scorecard = make_scorecard()

    assert "No call with a transcript yet" in admin_client.get(f"/scorecards/{scorecard.pk}/preview").text
