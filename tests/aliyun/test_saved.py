from __future__ import annotations

import json

import pytest

from calls.aliyun import BadPayload, read_each, read_saved
from calls.snapshot import Answer, CallRef
from calls.vocabulary import Source
from tests.aliyun.samples import CONVERSATION, ROBOT_CALL, conversation, robot_call, text

SAMPLES = ["aiccs-sample.json", "robot-sample.json", "robot-sample.xml", "robot-prose-cell.txt"]
CALL_ID = {Source.AICCS: "1231231231213^11231231231", Source.ROBOT: "116950320375^103750100375"}


def sources(saved: str) -> list[Source]:
    answers = read_saved(saved)
    assert all(answer.snapshot.call_id == CALL_ID[answer.snapshot.source] for answer in answers)
    return [answer.snapshot.source for answer in answers]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_vendor_pages_own_samples_are_read(name):
    assert sources(text(name)) == [Source.AICCS if name.startswith("aiccs") else Source.ROBOT]


def test_the_transcript_in_the_pages_prose_is_the_samples():
    record = json.loads(text("aiccs-record-in-prose.json"))

    [from_prose] = read_saved(json.dumps(conversation(ConversationRecord=record)))
    [sample] = read_saved(text("aiccs-sample.json"))

    assert from_prose.snapshot.turns == sample.snapshot.turns
    assert len(sample.snapshot.turns) == 12
    assert [turn.interrupted for turn in sample.snapshot.turns].count(True) == 3


def test_a_list_of_documents_is_read():
    assert sources(json.dumps([conversation(), robot_call(), conversation()])) == ["aiccs", "robot", "aiccs"]


def test_one_document_a_line_is_read():
    lines = [json.dumps(conversation()), "", json.dumps(robot_call(), ensure_ascii=False), ""]

    assert sources("\r\n".join(lines)) == ["aiccs", "robot"]


def test_printed_documents_one_after_another_are_read():
    assert sources(text("aiccs-sample.json") + text("robot-sample.json")) == ["aiccs", "robot"]


def test_several_xml_documents_are_read():
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n' + text("robot-sample.xml")

    assert sources(declared + text("robot-sample.xml") + declared) == ["robot"] * 3


def test_bare_payloads_are_read():
    assert sources(json.dumps(conversation()["Data"]) + "\n" + json.dumps(robot_call()["Data"])) == ["aiccs", "robot"]


def test_what_the_official_sdk_prints_is_read():
    assert sources(json.dumps({"headers": {}, "statusCode": 200, "body": conversation()})) == ["aiccs"]


def test_a_byte_order_mark_is_no_obstacle():
    assert sources("\ufeff" + text("robot-sample.json")) == ["robot"]
    assert sources("\ufeff" + text("robot-sample.xml")) == ["robot"]


def test_broken_lines_among_sound_ones_are_repaired():
    broken = json.dumps(robot_call()).replace('"0571-88336676"', "0571-88336676")

    assert sources("\n".join([json.dumps(conversation()), broken, json.dumps(robot_call())])) == [
        "aiccs",
        "robot",
        "robot",
    ]


def test_ids_that_the_answer_lacks_come_from_the_reference():
    [answer] = read_saved(text("aiccs-sample.json"), CONVERSATION)

    assert answer.snapshot.detail_id == CONVERSATION.detail_id
    assert answer.operation == "QueryConversationDetailInfo"
    assert answer.request_id == "F2051E18-FF3F-5C08-8D24-6F150D2AF757"


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        ("", "there is no document in it"),
        ("  \n ", "there is no document in it"),
        ("hello", "document 1: it is neither JSON nor XML"),
        ("[" * 100_000, "document 1: it is nested too deeply"),
        ("7", "document 1: an answer is an object"),
        ("[]", "there is no document in it"),
        ("{}", "document 1: the answer has no call in it"),
        ('{"a": 1}', "document 1: it is no call detail of either API"),
        ('{"Code":"OK","Data":null}', "document 1: the answer has no call in it"),
        ('{"Code":"OK","Data":{"List":[],"Total":0}}', "document 1: it is no call detail of either API"),
        ('{"Code":"OK","Data":[{"callId":"1"},{"callId":"2"}]}', "document 1: the answer holds 2 calls"),
        ('{"Code":"Throttling.User","Message":"slow"}', "document 1: the vendor refused: Throttling.User slow"),
        ('{"Code":"OK","Data":{"CallId":"1"', "document 1: "),
        ('{"CallResult":"ANSWERED"}', "document 1: the answer does not say which call it is"),
        ("<a><b>1</b>", "document 1: "),
        ("<html><body>x</body></html>", "document 1: <html> is no answer of this API"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a><Data>&b;</Data></a>', "document 1: "),
    ],
)
def test_what_cannot_be_read_is_named_with_its_position(saved, sentence):
    with pytest.raises(BadPayload) as caught:
        read_saved(saved)

    assert caught.value.message.startswith(sentence)


def test_every_document_that_cannot_be_read_is_named():
    saved = "\n".join([json.dumps(conversation()), '{"a": 1}', json.dumps(robot_call()), '{"b": 2}'])

    with pytest.raises(BadPayload) as caught:
        read_saved(saved)

    assert caught.value.message == (
        "document 2: it is no call detail of either API; document 4: it is no call detail of either API"
    )


def test_the_sound_documents_of_a_file_can_be_had_one_by_one():
    saved = "\n".join([json.dumps(conversation()), '{"broken": ', json.dumps(robot_call())])

    found = list(read_each(saved))

    assert [type(each) for each in found] == [Answer, BadPayload, Answer]
    assert isinstance(found[1], BadPayload)
    assert found[1].message.startswith("document 2: ")
    assert found[1].raw == '{"broken": '


def test_a_robot_answer_names_its_call_by_task_and_callee():
    [answer] = read_saved(json.dumps(robot_call(callId=...)))

    assert (answer.snapshot.task_id, answer.snapshot.callee) == ("1045001", "13000000000")


def test_a_reference_of_the_other_api_lends_no_ids():
    [answer] = read_saved(json.dumps(robot_call(taskId=...)), CallRef.aiccs("138", "139", "966"))

    assert answer.snapshot.task_id == ""
    assert read_saved(json.dumps(robot_call(taskId=...)), ROBOT_CALL)[0].snapshot.task_id == "1045001"


def test_a_reference_is_not_lent_to_several_answers():
    saved = json.dumps([conversation(CallId="1"), conversation(CallId="2")])

    assert [answer.snapshot.detail_id for answer in read_saved(saved, CONVERSATION)] == ["", ""]
