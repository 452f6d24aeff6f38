from __future__ import annotations

import json
from typing import Any

from calls.aliyun.sandbox.world import REDIAL_AFTER, World
from tests.aliyun.listing import AGENT_TASKS, NOW, ROBOT_TASKS, agent_rows, millis, robot_answer
from tests.aliyun.official import OfficialClients
from tests.sandboxes import NOON, sandbox


def test_the_same_seed_and_moment_tell_the_same_calls(clients, stand_in):
    row = next(row for row in agent_rows(clients, AGENT_TASKS[1], 1) if row.conversation_record)
    with sandbox(clock=NOON, is_frozen=True, opened_at=NOON - 7200) as again:
        told, retold = (
            one.call(row.task_id, row.batch_id, row.detail_id).data.to_map()
            for one in (clients, OfficialClients(again))
        )

    assert _unlinked(told) == _unlinked(retold)


def test_another_seed_is_another_world():
    plans = [World(seed, NOON - 7200).listed(AGENT_TASKS[0], NOW)[-30:] for seed in (1, 2)]

    assert [plan.out_id for plan in plans[0]] != [plan.out_id for plan in plans[1]]


def _unlinked(call: dict[str, Any]) -> dict[str, Any]:
    return call | {"RecordingFileDownloadUrl": call["RecordingFileDownloadUrl"].rsplit("/", 1)[1].split("?")[0]}


def test_the_world_looks_alive():
    world = World(1, NOON)
    moments = [plan.at(NOW) for task_id in AGENT_TASKS + ROBOT_TASKS for plan in world.listed(task_id, NOW)]
    texts = [turn.text for moment in moments for turn in moment.plan.turns if moment.has_transcript]
    lengths = [len(moment.plan.turns) for moment in moments if moment.has_transcript]

    assert 300 <= len(moments) <= 600
    assert {moment.plan.scene.intent for moment in moments} >= set("ABCDE")
    assert sum("退款" in text for text in texts) > 10
    assert any(turn.interrupts for moment in moments for turn in moment.plan.turns)
    assert any(len(values) > 1 for moment in moments for _, values in moment.plan.scene.tags)
    assert min(lengths) >= 5 and max(lengths) <= 20
    assert sum(not moment.was_answered for moment in moments) > 60
    assert any(moment.attempt and moment.attempt.number for moment in moments)
    assert not any("{" in text for text in texts)


def test_new_calls_keep_arriving_and_none_is_lost():
    world = World(1, NOON)

    before = {plan.slot for task_id in AGENT_TASKS + ROBOT_TASKS for plan in world.listed(task_id, NOW)}
    after = {plan.slot for task_id in AGENT_TASKS + ROBOT_TASKS for plan in world.listed(task_id, NOW + 3_600_000)}

    assert before < after
    assert len(after - before) == 120


def test_a_call_progresses_from_waiting_to_its_recording():
    with sandbox(clock=NOON, is_frozen=True) as stand_in:
        clients = OfficialClients(stand_in)
        plan = next(
            plan
            for plan in stand_in.sandbox.world.listed(AGENT_TASKS[0], NOW + 600_000)
            if plan.attempts[0].dialled_at > NOW and plan.attempts[0].answered_at
        )
        attempt = plan.attempts[0]

        def at(moment: float) -> tuple[int, dict[str, Any] | None]:
            stand_in.sandbox.clock.set(moment / 1000)
            rows = [row for status in (0, 1, 2) for row in agent_rows(clients, AGENT_TASKS[0], status)]
            row = next(row for row in rows if row.detail_id == plan.detail_id)
            call = clients.call(AGENT_TASKS[0], plan.batch_id, plan.detail_id).data
            return row.status, call and call.to_map()

        status, call = at(attempt.dialled_at - 1000)
        assert (status, call) == (1, None)

        status, call = at(attempt.dialled_at + 1000)
        assert status == 3
        assert call is not None and call["StartCallTime"] == attempt.dialled_at
        assert "CallResult" not in call and "PickUpTime" not in call

        status, call = at(attempt.ended_at - 1000)
        assert status == 3
        assert call is not None and call["PickUpTime"] == attempt.answered_at and "ReleaseTime" not in call

        status, call = at(attempt.ended_at + 1000)
        assert status == 4
        assert call is not None and call["CallResult"] == "ANSWERED" and "ConversationRecord" not in call

        _, call = at(attempt.ended_at + 20_000)
        assert call is not None and call["OutputTags"] and call["MajorIntent"] == plan.scene.intent
        assert "RecordingFileDownloadUrl" not in call

        _, call = at(attempt.ended_at + 41_000)
        assert call is not None and call["RecordingFileDownloadUrl"].startswith(stand_in.url)


def test_a_redialled_customer_is_told_by_the_latest_attempt():
    with sandbox(clock=NOON, is_frozen=True, opened_at=NOON - 7200) as stand_in:
        clients = OfficialClients(stand_in)
        plans = [plan for plan in stand_in.sandbox.world.listed("1045001", NOW) if len(plan.attempts) > 1]
        first, second = plans[-1].attempts[:2]
        told = []
        for moment in (first.ended_at + 1000, second.ended_at + 1000):
            stand_in.sandbox.clock.set(moment / 1000)
            told.append(robot_answer(clients, {"taskId": 1045001, "called": plans[-1].callee, "callStartTime": _day()}))

        calls = [json.loads(one) if isinstance(one, str) else one for one in told]
        assert [call["recallCurTimes"] for call in calls] == [0, 1]
        assert calls[0]["callId"] != calls[1]["callId"]
        assert millis(calls[1]["callStartTime"]) - millis(calls[0]["callStartTime"]) == REDIAL_AFTER * 1000


def _day() -> str:
    return "2026.11.20 00:00:00"
