from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from calls import importing
from calls.importing import Unreadable, Verdict
from calls.models import Call, Job, Payload
from calls.vocabulary import CallResult, Source, Speaker

pytestmark = pytest.mark.django_db
read_plan = partial(importing.read_plan, permitted=None)

FIXTURES = Path(__file__).parent / "fixtures" / "aliyun"
AICCS = (FIXTURES / "aiccs-sample.json").read_text(encoding="utf-8")
ROBOT = (FIXTURES / "robot-sample.json").read_text(encoding="utf-8")
ROBOT_XML = (FIXTURES / "robot-sample.xml").read_text(encoding="utf-8")

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>
<Answer><RequestId>1</RequestId><Code>OK</Code><Data>&c;</Data></Answer>"""


def robot_call(number: int) -> str:
    answer = json.loads(ROBOT)
    answer["Data"]["callId"] = f"116950320375^{number}"
    answer["Data"]["callStartTime"] = f"2019.06.14 15:22:{number:02}"
    return json.dumps(answer, ensure_ascii=False)


def one_line(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False)


def add(content: str) -> importing.Receipt:
    return importing.carry_out(read_plan(content.encode()), None)


def test_the_vendors_own_sample_of_an_agent_call_is_added():
    receipt = add(AICCS)

    call = Call.objects.get()
    turns = list(call.transcript)
    assert (receipt.added, receipt.left_out, receipt.jobs) == (1, 0, [])
    assert call.call_id == "1231231231213^11231231231"
    assert (call.result, call.intent, call.duration) == (CallResult.ANSWERED, "D", 16)
    assert len(turns) == 12
    assert turns[1].interrupted
    assert turns[1].speaker == Speaker.CUSTOMER
    assert set(call.implausible_times) == {"started_at", "ended_at"}
    assert [str(tag) for tag in call.tags.all()] == ["客户意向度: 高(非常积极,大概率转化)"]


@pytest.mark.parametrize("sample", [ROBOT, ROBOT_XML])
def test_the_vendors_own_sample_of_a_robot_call_is_added(sample):
    add(sample)

    call = Call.objects.get()
    assert (call.source, call.task_id, call.callee) == (Source.ROBOT, "1045001", "13000000000")
    assert call.transfer_failure == "用户挂断"
    assert [tag.name for tag in call.tags.all()] == ["邀约", "有房", "无车"]


def test_the_same_robot_call_in_json_and_in_xml_is_one_call():
    add(ROBOT)

    [row] = read_plan(ROBOT_XML.encode()).rows

    assert row.verdict == Verdict.KNOWN


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([one_line(AICCS), one_line(ROBOT)]),
        f"[{AICCS},\n{ROBOT}]",
        f"{AICCS}\n\n{ROBOT}",
        f"{AICCS},{ROBOT},",
    ],
)
def test_answers_of_both_apis_in_one_file_are_told_apart(content):
    plan = read_plan(content.encode())

    sources = [row.answer.snapshot.source for row in plan.rows if row.answer]
    assert sources == [Source.AICCS, Source.ROBOT]
    assert plan.counts["new"] == 2


def test_xml_answers_one_after_another_are_all_read():
    other = ROBOT_XML.replace("103750100375", "103750100376").replace("15:22:23", "15:23:24")

    assert add(f"{ROBOT_XML}\n{other}").added == 2


def test_a_broken_second_document_is_named_by_its_line_and_the_others_are_kept():
    content = "\n".join([robot_call(1), '{"Code": "OK", "Data": {"callId": ', robot_call(3)])

    plan = read_plan(content.encode())

    assert [row.verdict for row in plan.rows] == [Verdict.NEW, Verdict.WRONG, Verdict.NEW]
    assert plan.rows[1].line == 2
    assert "no answer that can be read" in plan.rows[1].note
    assert importing.carry_out(plan, None).left_out == 1


def test_a_broken_member_of_an_array_is_named_by_its_line():
    content = f"[{robot_call(1)},\n{{broken}},\n{robot_call(2)}]"

    plan = read_plan(content.encode())

    assert plan.rows[0].verdict == Verdict.NEW
    assert (plan.rows[1].line, plan.rows[1].verdict) == (2, Verdict.WRONG)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        "{}",
        "[[[[" * 50_000,
        '{"a":' * 50_000,
        "<html><body>502 Bad Gateway</body></html>",
        '{"Code": "isv.INVALID_PARAMETERS", "Message": "no such task", "RequestId": "1"}',
        '{"Code": "OK", "Data": {"Duration": 3}}',
        '{"Code": "OK", "Data": null}',
        '{"Code": "OK", "Data": {"CallId": ""}}',
    ],
)
def test_what_is_no_answer_is_a_row_with_a_sentence_and_nothing_is_added(content):
    plan = read_plan(content.encode())

    assert plan.counts["wrong"] == len(plan.rows) >= 1
    assert all(row.note.endswith(".") for row in plan.rows)
    assert importing.carry_out(plan, None).calls == []
    assert not Call.objects.exists()


def test_a_refusal_that_somebody_saved_shows_the_vendors_words():
    content = '{"Code": "isv.INVALID_PARAMETERS", "Message": "no such task", "RequestId": "1"}'

    [row] = read_plan(content.encode()).rows

    assert "isv.INVALID_PARAMETERS" in row.note
    assert "no such task" in row.note


def test_a_known_answer_that_says_something_else_becomes_a_revision():
    add(ROBOT)
    changed = ROBOT.replace('"用户挂断"', '"无人应答"')

    same, other = read_plan(ROBOT.encode()).rows[0], read_plan(changed.encode()).rows[0]
    receipt = add(changed)

    assert (same.note, other.note) == (
        "Says what is known already.",
        "Says something else: it becomes the newest revision.",
    )
    assert (receipt.added, receipt.changed) == (0, 1)
    assert sorted(Payload.objects.values_list("revision", flat=True)) == [1, 2]


def test_more_answers_than_one_transaction_should_hold_are_refused_with_the_limit():
    with pytest.raises(Unreadable, match="more than 2000 rows"):
        read_plan(("{}\n" * 2_001).encode())


def test_nothing_is_added_when_one_row_fails_in_the_database():
    plan = read_plan("\n".join([robot_call(1), robot_call(2)]).encode())
    row = plan.rows[1]
    assert row.answer is not None
    # a time no database takes: something the reader would never let through
    snapshot = replace(row.answer.snapshot, started_at="not a time")  # type: ignore[arg-type]
    broken = replace(row, answer=replace(row.answer, snapshot=snapshot))

    with pytest.raises(AttributeError):
        importing.carry_out(importing.Plan((plan.rows[0], broken)), None)

    assert not Call.objects.exists()
    assert not Job.objects.exists()
