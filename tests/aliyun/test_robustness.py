"""Whatever comes, the outcome is an answer or one of the five errors."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.aliyun import AliyunError, BadPayload, read_each
from calls.snapshot import Answer, CallSnapshot
from tests.aliyun.samples import CONVERSATION, ROBOT_CALL, conversation, robot_call, text
from tests.aliyun.scripted import Says, Scripted, scripted
from tests.aliyun.test_fields import ALL_OF_A_CONVERSATION, ALL_OF_A_ROBOT_CALL

WHOLE = {
    CONVERSATION: conversation() | {"Data": ALL_OF_A_CONVERSATION},
    ROBOT_CALL: robot_call() | {"Data": ALL_OF_A_ROBOT_CALL},
}
DEEP = 100_000

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**18, max_value=10**40),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["[", "{}", "[]", "null", '"', "//", '["a",]', "0571-88336676", "“”", "\x00", "\ud800", "<客户打断>"]
    ),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted(Says("")) as server:
        yield server


def outcome(server: Scripted, body: str, ref: Any) -> Answer | AliyunError:
    server.script = [Says(body.encode("utf-8", "surrogatepass"))]
    try:
        return server.account().fetch_call(ref)
    except AliyunError as error:
        return error


def check(found: Answer | AliyunError) -> None:
    assert isinstance(found, Answer | AliyunError)
    if isinstance(found, Answer):
        snapshot = found.snapshot
        assert isinstance(snapshot, CallSnapshot)
        assert all(isinstance(sentence, str) for sentence in snapshot.complaints)
        assert snapshot.duration is None or snapshot.duration >= 0
        assert all(count >= 0 for count in snapshot.counters.values())
        assert all(isinstance(turn.text, str) for turn in snapshot.turns)
        times = (snapshot.started_at, snapshot.answered_at, snapshot.ended_at)
        assert all(at is None or at.utcoffset() is not None for at in times)
        assert isinstance(found.unsigned, str)


@settings(max_examples=150)
@given(ref=st.sampled_from([CONVERSATION, ROBOT_CALL]), source=st.data())
def test_any_field_may_hold_anything(server, ref, source):
    data = dict(WHOLE[ref]["Data"])
    for name in source.draw(st.lists(st.sampled_from(sorted(data)), min_size=1, max_size=5)):
        data[name] = source.draw(values)

    found = outcome(server, json.dumps(WHOLE[ref] | {"Data": data}), ref)

    check(found)


@settings(max_examples=100)
@given(
    ref=st.sampled_from([CONVERSATION, ROBOT_CALL]), name=st.sampled_from(["Code", "Data", "RequestId"]), value=values
)
def test_any_part_of_the_envelope_may_hold_anything(server: Any, ref: Any, name: str, value: Any):
    check(outcome(server, json.dumps(WHOLE[ref] | {name: value}), ref))


@settings(max_examples=150)
@given(
    name=st.sampled_from(["aiccs-sample.json", "robot-sample.json", "robot-sample.xml", "robot-prose-cell.txt"]),
    start=st.floats(0, 1),
    length=st.integers(0, 60),
    put=st.text(max_size=6) | st.sampled_from(['"', "\\", "]", "}", "“", "//", "&x;", "<", "NaN", "0571-1"]),
)
def test_any_piece_of_a_body_may_be_cut_or_replaced(server, name, start, length, put):
    body = text(name)
    at = int(start * len(body))
    mutated = body[:at] + put + body[at + length :]

    check(outcome(server, mutated, ROBOT_CALL if name.startswith("robot") else CONVERSATION))
    assert all(isinstance(each, Answer | BadPayload) for each in read_each(mutated))


def wrapped(data: str) -> str:
    return f'{{"Code":"OK","Data":{data}}}'


HOSTILE = {
    "deep lists": wrapped("[" * DEEP + "]" * DEEP),
    "deep objects": wrapped('{"a":' * DEEP + "1" + "}" * DEEP),
    "deep inside a field": wrapped('{"CallId":"1","X":' + "[" * DEEP + "]" * DEEP + "}"),
    "deep inside a string": wrapped(json.dumps("[" * DEEP + "]" * DEEP)),
    "nearly too deep": wrapped('{"CallId":"1","callId":"1","X":' + "[" * 960 + "]" * 960 + "}"),
    "never closed": wrapped('{"CallId":"1","X":' + '["' * DEEP),
    "escaped quotes without end": wrapped('{"CallId":"' + '\\"' * DEEP),
    "curly quotes without end": wrapped("{" + "“" * DEEP),
    "not a number": wrapped('{"CallId":"1","Duration":NaN}'),
    "infinity": wrapped('{"CallId":"1","Duration":-Infinity}'),
    "a number past counting": wrapped('{"CallId":"1","Duration":' + "9" * DEEP + "}"),
    "a name said twice": wrapped('{"CallId":"1","CallId":"2"}'),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("ref", [CONVERSATION, ROBOT_CALL], ids=["aiccs", "robot"])
def test_hostile_bodies_are_bad_payloads(server, what, ref):
    found = outcome(server, HOSTILE[what], ref)

    if what == "nearly too deep":
        check(found)
    else:
        assert type(found) is BadPayload
        assert found.raw == HOSTILE[what]
    assert all(isinstance(each, Answer | BadPayload) for each in read_each(HOSTILE[what]))


def test_deep_xml_is_no_crash(server):
    body = f"<R><Code>OK</Code><Data>{'<a>' * DEEP}{'</a>' * DEEP}</Data></R>"

    assert isinstance(outcome(server, body, ROBOT_CALL), AliyunError)
    assert all(isinstance(each, BadPayload) for each in read_each(body))


MANY = 40_000
TAGS = [{"OutputTagName": "意向", "OutputTagValue": json.dumps([str(number) for number in range(MANY)])}]


@pytest.mark.parametrize("ref", [CONVERSATION, ROBOT_CALL], ids=["aiccs", "robot"])
def test_of_countless_tags_the_first_are_shown(server, ref):
    data = {"CallId": "1", "callId": "1", "OutputTags": TAGS, "label": ",".join(map(str, range(MANY)))}

    found = outcome(server, wrapped(json.dumps(data)), ref)

    assert isinstance(found, Answer)
    assert [tag.value or tag.name for tag in found.snapshot.tags] == [str(number) for number in range(500)]
    assert found.snapshot.complaints == (f"Only the first 500 of {MANY} tag values are shown.",)


def test_an_answer_that_is_wrong_everywhere_is_complained_about_in_its_first_places(server):
    data = {"CallId": "1", "OutputTags": [1] * MANY, "Variables": ["x"] * MANY, "ConversationRecord": [[]] * MANY}

    found = outcome(server, wrapped(json.dumps(data)), CONVERSATION)

    assert isinstance(found, Answer)
    assert len(found.snapshot.complaints) == 50


def test_a_name_said_twice_with_the_same_value_is_forgiven(server):
    found = outcome(server, wrapped('{"CallId":"1","CallId":"1"}'), CONVERSATION)

    assert isinstance(found, Answer)


def test_a_number_past_floats_is_skipped(server):
    found = outcome(server, wrapped('{"CallId":"1","Duration":1e999,"StartCallTime":1e999}'), CONVERSATION)

    assert isinstance(found, Answer)
    assert math.isinf(float("1e999"))
    assert found.snapshot.duration is None
