"""From the vendor's typed call details to ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from calls.aliyun import aiccs, normalize, robot
from calls.aliyun.fields import Moment, shown
from calls.snapshot import (
    CallRef,
    CallSnapshot,
    TagSnapshot,
    TurnSnapshot,
    VariableSnapshot,
)
from calls.vocabulary import CallResult, NumberHash, Source

# the vendor marks a customer's barge-in inside the text
_INTERRUPTION = re.compile(r"^\s*[<＜〈]客户打断[>＞〉]\s*")

# more badges than anybody reads; the raw answer keeps the rest
MOST_TAGS = 500


def of_conversation(detail: aiccs.ConversationDetail, ref: CallRef | None) -> CallSnapshot:
    """An AI agent call. Final once a release time is told, or a result without a carrier code of a call going on."""
    result = normalize.result(detail.call_result)
    turns = tuple(_turn(line.role, line.content) for line in detail.conversation_record)
    link = detail.recording_file_download_url
    tags = _tags(detail.output_tags)
    return CallSnapshot(
        source=Source.AICCS,
        task_id=detail.task_id or (ref.task_id if ref else ""),
        batch_id=detail.batch_id or (ref.batch_id if ref else ""),
        detail_id=detail.detail_id or (ref.detail_id if ref else ""),
        call_id=detail.call_id,
        out_id=detail.out_id,
        caller=detail.caller_phone,
        callee=detail.called_phone,
        number_hash=normalize.number_hash(detail.encryption_type),
        result=result,
        result_original=detail.call_result,
        status_code=detail.status_code,
        status_text=detail.status_msg,
        failure_reason=detail.failed_reason,
        hung_up_by=normalize.hung_up_by(Source.AICCS, detail.hangup_direction),
        hung_up_by_original=detail.hangup_direction,
        intent=detail.major_intent,
        **_times(started_at=detail.start_call_time, answered_at=detail.pick_up_time, ended_at=detail.release_time),
        duration=detail.duration,
        turns=_worth_showing(turns),
        unread_transcript=detail.unread_record,
        tags=tags[:MOST_TAGS],
        variables=_variables(detail.variables),
        counters=_counters({"turns": detail.conversation_turn_count}),
        has_recording=_has_recording(link, result, detail.duration, turns),
        recording_url=link,
        is_final=bool(detail.release_time or (result and detail.status_code not in normalize.GOING_ON)),
        complaints=(
            *detail.complaints,
            *_hash_complaints(detail),
            *_tag_complaints(len(tags)),
            *_link_complaints(link),
        ),
    )


def of_robot_call(call: robot.RobotCall, ref: CallRef | None) -> CallSnapshot:
    """A robot call. Final once a result or an end is told: the vendor lists redials as calls of their own."""
    result = normalize.result(call.call_result)
    turns = tuple(_turn(turn.role, turn.content, turn.speak_time) for turn in call.dialog_detail)
    has_recording = normalize.RECORDED.get(call.record_status)
    if has_recording is None:
        has_recording = _has_recording(call.record_file, result, call.duration, turns)
    return CallSnapshot(
        source=Source.ROBOT,
        task_id=call.task_id or (ref.task_id if ref else ""),
        call_id=call.call_id,
        caller=call.caller,
        callee=_callee(call.called, ref),
        result=result,
        result_original=call.call_result,
        hung_up_by=normalize.hung_up_by(Source.ROBOT, call.hangup_direction),
        hung_up_by_original=call.hangup_direction,
        **_times(started_at=call.call_start_time, ended_at=call.call_end_time),
        duration=call.duration,
        turns=_worth_showing(turns),
        unread_transcript=call.unread_dialog,
        tags=tuple(TagSnapshot(label) for label in call.label[:MOST_TAGS]),
        transfer_result=normalize.transfer_result(call.transfer_result),
        transfer_result_original=call.transfer_result,
        transfer_number=call.transfer_number,
        transfer_failure=call.transfer_fail_reason,
        counters=_robot_counters(call),
        has_recording=has_recording,
        recording_url=call.record_file,
        is_final=bool(call.call_result or call.call_end_time),
        complaints=(
            *call.complaints,
            *_time_complaints(call),
            *_tag_complaints(len(call.label)),
            *_link_complaints(call.record_file),
        ),
    )


def _turn(role: str, content: str, spoken: Moment | None = None) -> TurnSnapshot:
    text = _INTERRUPTION.sub("", content) if "客户打断" in content else content
    return TurnSnapshot(normalize.speaker(role), text, text != content, _at(spoken), role)


def _worth_showing(turns: tuple[TurnSnapshot, ...]) -> tuple[TurnSnapshot, ...]:
    return tuple(turn for turn in turns if turn.text or turn.interrupted)


def _at(moment: Moment | None) -> Any:
    return moment.at if moment else None


def _times(**moments: Moment | None) -> dict[str, Any]:
    told = {name: moment for name, moment in moments.items() if moment}
    implausible = {name: moment.raw for name, moment in told.items() if moment.at is None}
    return {**{name: moment.at for name, moment in told.items()}, "implausible_times": implausible}


def _tags(tags: tuple[aiccs.OutputTag, ...]) -> tuple[TagSnapshot, ...]:
    return tuple(
        TagSnapshot(tag.output_tag_name, value, tag.output_tag_description, tag.id)
        for tag in tags
        for value in tag.output_tag_value
    )


def _tag_complaints(count: int) -> list[str]:
    return [f"Only the first {MOST_TAGS} of {count} tag values are shown."] if count > MOST_TAGS else []


def _variables(variables: tuple[aiccs.Variable, ...]) -> tuple[VariableSnapshot, ...]:
    return tuple(
        VariableSnapshot(each.key, each.name, each.value, each.required, each.source, each.id) for each in variables
    )


def _hash_complaints(detail: aiccs.ConversationDetail) -> list[str]:
    if normalize.number_hash(detail.encryption_type) != NumberHash.OTHER:
        return []
    return [f"EncryptionType has the unknown value {shown(detail.encryption_type)}."]


def _time_complaints(call: robot.RobotCall) -> list[str]:
    strange = [turn.speak_time.raw for turn in call.dialog_detail if turn.speak_time and not turn.speak_time.at]
    return [f"speakTime {shown(raw)} is no plausible time." for raw in strange[:3]]


def _has_recording(
    link: str, result: CallResult | None, duration: int | None, turns: tuple[TurnSnapshot, ...]
) -> bool | None:
    if link:
        return True
    # Samples call a call of 60 s unreachable, so the result alone proves no silence.
    return False if result in normalize.UNANSWERED and not duration and not turns else None


def _link_complaints(link: str) -> list[str]:
    try:
        parts = urlsplit(link)
        is_address = parts.scheme in {"http", "https"} and re.fullmatch(r"[\w.:\[\]-]+", parts.netloc)
    except ValueError:
        is_address = None
    return [] if not link or is_address else [f"The recording's link {shown(link)} is no address that can be opened."]


def _callee(called: str, ref: CallRef | None) -> str:
    # A masked number cannot be asked for again.
    if ref and ref.callee and (not called or "*" in called):
        return ref.callee
    return called


def _counters(counts: Mapping[str, int | None]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count is not None}


def _robot_counters(call: robot.RobotCall) -> dict[str, int]:
    return _counters(
        {
            "affirmed": call.sure_count,
            "denied": call.deny_count,
            "refused": call.reject_count,
            "custom": call.custom_count,
            "default": call.default_count,
            "knowledge": call.knowledge_count,
            "knowledge_business": call.knowledge_business_count,
            "knowledge_common": call.knowledge_common_count,
            "turns": call.dialog_count,
            "redials": call.recall_cur_times,
        }
    )
