"""From the vendor's typed list rows to ours."""

from __future__ import annotations

from datetime import datetime

from calls.aliyun import aiccs_lists, normalize, robot
from calls.aliyun.fields import Fields, Moment, to_millis
from calls.aliyun.snapshots import of_robot_call
from calls.snapshot import CallRef, ListedCall, TaskSnapshot
from calls.vocabulary import Source


def of_call_row(row: aiccs_lists.CallRow, task_id: str) -> ListedCall:
    """Statuses 4 (ended) and 5 (failed) are final."""
    has_recording = True if row.recording_file_path else (False if row.status == 5 else None)
    return ListedCall(
        ref=CallRef.aiccs(row.task_id or task_id, row.batch_id, row.detail_id),
        call_id=row.call_id,
        started_at=row.calling_time.at if row.calling_time else None,
        is_final=row.status in {4, 5},
        has_recording=has_recording,
    )


def of_listed_robot_call(call: robot.RobotCall, task_id: str, today: int) -> ListedCall:
    """`today` (epoch milliseconds) is what a call without a start is asked for with."""
    snapshot = of_robot_call(call, CallRef.robot(task_id, call.called, today))
    query_date = to_millis(snapshot.started_at) if snapshot.started_at else today
    return ListedCall(
        ref=CallRef.robot(snapshot.task_id, snapshot.callee, query_date),
        call_id=snapshot.call_id,
        started_at=snapshot.started_at,
        is_final=snapshot.is_final,
        has_recording=snapshot.has_recording,
    )


def of_task(fields: Fields) -> TaskSnapshot:
    row = aiccs_lists.TaskRow.parse(fields)
    return TaskSnapshot(
        source=Source.AICCS,
        task_id=row.task_id,
        name=row.task_name,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        status=normalize.task_status(row.status),
        status_original=row.status,
        failure_reason=row.start_failed_reason,
        created_at=_at(row.create_time),
        started_at=_at(row.real_start_time),
        total_count=row.total_count,
        finished_count=row.succeed_count,
        failed_count=row.failed_count,
        calling_count=row.calling_count,
        answered_rate=row.history_connect_rate,
        raw=fields.values,
    )


def of_robot_task(fields: Fields) -> TaskSnapshot:
    row = robot.TaskRow.parse(fields)
    return TaskSnapshot(
        source=Source.ROBOT,
        task_id=row.id,
        name=row.task_name,
        agent_id=row.robot_id,
        agent_name=row.robot_name,
        status=normalize.task_status(row.status),
        status_original=row.status,
        created_at=_at(row.create_time),
        started_at=_at(row.fire_time),
        ended_at=_at(row.complete_time),
        total_count=row.total_count,
        finished_count=row.finish_count,
        raw=fields.values,
    )


def _at(moment: Moment | None) -> datetime | None:
    return moment.at if moment else None
