from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.aliyun import read_saved
from calls.models import Call, Payload, Recording, Tag, Transcript, search
from calls.search.grammar import parse
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import RecordingState, Source, Speaker
from tests.aliyun.samples import CONVERSATION, robot_call, text
from tests.builders import NOON, make_answer, make_call, make_snapshot

pytestmark = pytest.mark.django_db


def found(asked: str) -> list[Call]:
    return search.find(parse(asked)).calls(Call.objects.all())


def test_the_same_answer_twice_writes_only_the_time_of_checking():
    answer = make_answer()
    Call.objects.absorb(answer)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        absorbed = Call.objects.absorb(answer)

    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not absorbed.is_changed
    assert len(writes) == 1
    assert "checked_at" in writes[0]
    assert Payload.objects.count() == 1


def test_a_changed_answer_keeps_the_earlier_payload_as_a_revision():
    snapshot = make_snapshot(intent="")
    call = Call.objects.absorb(make_answer(snapshot)).call

    absorbed = Call.objects.absorb(make_answer(replace(snapshot, intent="A", tags=(TagSnapshot("加微信", "是"),))))

    call.refresh_from_db()
    assert absorbed.is_changed
    assert call.intent == "A"
    assert [payload.revision for payload in call.payloads.all()] == [2, 1]
    assert list(Tag.objects.values_list("name", "value")) == [("加微信", "是")]


def test_a_slow_old_answer_never_overwrites_a_newer_one():
    snapshot = make_snapshot(intent="A")
    call = Call.objects.absorb(make_answer(snapshot)).call

    late = Call.objects.absorb(make_answer(replace(snapshot, intent="D")), asked_at=timezone.now() - timedelta(hours=1))

    call.refresh_from_db()
    assert late.is_stale
    assert call.intent == "A"


def test_reading_an_answer_once_more_leaves_the_time_of_checking():
    answer = make_answer()
    asked_at = timezone.now() - timedelta(days=2)
    call = Call.objects.absorb(answer, asked_at=asked_at).call
    Call.objects.absorb(answer, asked_at=asked_at + timedelta(hours=1))

    Call.objects.absorb(answer, asked_at=asked_at, replay=True)

    call.refresh_from_db()
    assert call.checked_at == asked_at + timedelta(hours=1)
    assert call.changed_at > asked_at + timedelta(hours=1)


def test_a_tag_with_two_values_is_two_rows_and_one_call():
    call = make_call(tags=(TagSnapshot("是否来店", "待定"), TagSnapshot("是否来店", "周末")))

    assert found("tag:是否来店") == [call]
    assert found("tag:是否来店=周末") == [call]


def test_an_imported_answer_meets_its_ids_later():
    [saved] = read_saved(text("aiccs-sample.json"))
    [fetched] = read_saved(text("aiccs-sample.json"), CONVERSATION)
    imported = Call.objects.absorb(saved).call
    assert imported.ref is None

    absorbed = Call.objects.absorb(fetched)

    imported.refresh_from_db()
    assert absorbed.call == imported
    assert imported.ref == CONVERSATION
    assert Call.objects.for_ref(CONVERSATION).get() == imported
    assert [payload.revision for payload in imported.payloads.all()] == [1]


def test_a_call_with_ids_keeps_them_when_an_answer_without_is_imported():
    [fetched] = read_saved(text("aiccs-sample.json"), CONVERSATION)
    [saved] = read_saved(text("aiccs-sample.json").replace('"MajorIntent": "D"', '"MajorIntent": "A"'))
    call = Call.objects.absorb(fetched).call

    assert Call.objects.absorb(saved).is_changed

    call.refresh_from_db()
    assert (call.ref, call.intent) == (CONVERSATION, "A")


@pytest.mark.parametrize("order", [1, -1])
def test_a_masked_number_never_replaces_the_one_to_ask_with(order):
    masked = read_saved(json.dumps(robot_call(called="130****0000", dialogCount="4")))
    plain = read_saved(json.dumps(robot_call()))

    for answer in [*masked, *plain][::order]:
        Call.objects.absorb(answer)

    assert Call.objects.get().callee == "13000000000"


def test_two_details_of_one_call_id_stay_two_calls():
    first, second = make_call(call_id="7^9"), make_call(call_id="7^9")

    assert first.pk != second.pk


def test_a_robot_call_is_one_row_whatever_it_was_asked_by():
    robot = {"source": Source.ROBOT, "task_id": "1045001", "batch_id": "", "detail_id": "", "callee": "13000000000"}
    first = make_call(**robot, call_id="1169^1037", started_at=NOON)
    again = make_call(**robot, call_id="1169^1037", started_at=NOON + timedelta(seconds=1))
    other = make_call(**robot, call_id="1169^1038", started_at=NOON + timedelta(hours=1))

    assert first.pk == again.pk != other.pk


def test_a_robot_call_that_moves_onto_another_stays_itself():
    robot = {"source": Source.ROBOT, "task_id": "1045001", "batch_id": "", "detail_id": "", "callee": "13000000000"}
    first = make_call(**robot, call_id="1169^1037", started_at=NOON)
    second = make_call(**robot, call_id="1169^1038", started_at=NOON + timedelta(hours=1))

    moved = make_call(**robot, call_id="1169^1038", started_at=NOON, intent="A")

    assert moved.pk == second.pk != first.pk
    assert (moved.started_at, moved.intent) == (NOON, "A")


@pytest.mark.parametrize("odd", ["nul\x00inside", "lone \ud800 surrogate", "x" * 70_000])
def test_what_a_database_refuses_is_stored_clean(odd):
    call = make_call(out_id=odd, status_text=odd, turns=(TurnSnapshot(Speaker.CUSTOMER, odd),))

    call.refresh_from_db()
    assert "\x00" not in call.out_id + next(iter(call.transcript)).text


def test_a_fresher_link_is_kept_only_while_the_file_is_not_ours():
    answer = make_answer(recording_url="https://r.aliyuncs.com/a.wav?Expires=1")
    call = Call.objects.absorb(answer).call
    renewed = replace(answer, snapshot=replace(answer.snapshot, recording_url="https://r.aliyuncs.com/a.wav?Expires=2"))

    Call.objects.absorb(renewed)
    assert call.recording.__class__.objects.get().link.endswith("=2")

    Recording.objects.update(state=RecordingState.STORED)
    Call.objects.absorb(answer)
    assert Recording.objects.get().link.endswith("=2")


def test_words_are_found_in_any_width_and_case():
    call = make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "加我ＷｅＣｈａｔ，谢谢"),))
    make_call()

    assert found("wechat,") == [call]
    assert found("谢谢 WECHAT") == [call]


def test_turns_come_back_as_they_were():
    snapshot = make_snapshot(turns=(TurnSnapshot(Speaker.CUSTOMER, "喂", spoken_at=NOON, original_role="user"),))
    Call.objects.absorb(make_answer(snapshot))

    turn = next(iter(Transcript.objects.get()))
    assert (turn.index, turn.speaker, turn.text, turn.spoken_at) == (1, Speaker.CUSTOMER, "喂", NOON)
