"""One vendor account: the operations of both APIs in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from calls.aliyun import aiccs, aiccs_lists, listings, robot, wire
from calls.aliyun.answers import answer_of
from calls.aliyun.errors import BadPayload, Refused
from calls.aliyun.fields import BEIJING, Fields, to_millis
from calls.aliyun.operation import Operation
from calls.aliyun.transport import Clock, Credentials, Reply, Transport
from calls.snapshot import Answer, CallRef, ListedCall, ListedCallPage, TaskSnapshot
from calls.vocabulary import Source

# Pending rows first: a call that ends while the lists are walked is then met twice rather than never.
CALL_STATUSES = (0, 1, 2)
Rows = tuple[list[Fields], int | None]


class Account:
    """One vendor account. Thread-safe; one per process keeps its connections alive.

    `verify` is what requests takes: True, or the path of a certificate bundle. An endpoint that is no address raises
    ValueError. Every method that asks the vendor raises one of the AliyunError family, and asks once: trying again is
    the caller's business, except for a request that only has to be signed anew.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        aiccs_endpoint: str = "https://aiccs.aliyuncs.com",
        dyvmsapi_endpoint: str = "https://dyvmsapi.aliyuncs.com",
        verify: bool | str = True,
    ) -> None:
        clock = Clock()
        self._transports = {
            Source.AICCS: Transport(aiccs.PRODUCT, aiccs_endpoint, credentials, clock, verify=verify),
            Source.ROBOT: Transport(robot.PRODUCT, dyvmsapi_endpoint, credentials, clock, verify=verify),
        }

    def fetch_call(self, ref: CallRef) -> Answer:
        """One request: QueryConversationDetailInfo or QueryRobotTaskCallDetail.

        Durations in seconds, times in UTC. Raises one of the AliyunError family; BadPayload carries the raw answer.
        """
        reply = self._ask(ref.source, _detail_of(ref))
        return answer_of(ref.source, reply.body.get("Data"), reply.raw, ref, request_id=reply.request_id)

    def list_tasks(self, source: Source, *, page_size: int = 50) -> Iterator[tuple[TaskSnapshot, ...]]:
        """QueryAiCallTaskPage or QueryRobotTaskList, page by page, one request each, lazily."""

        def ask(page: int) -> Reply:
            if source == Source.AICCS:
                return self._ask(source, aiccs.QueryAiCallTaskPage(page_no=page, page_size=page_size))
            return self._ask(source, robot.QueryRobotTaskList(page_no=page, page_size=page_size))

        read, snapshot = (
            (aiccs_lists.read_page, listings.of_task)
            if source == Source.AICCS
            else (robot.read_rows, listings.of_robot_task)
        )
        for rows, _, _ in _pages(ask, read):
            yield tuple(snapshot(row) for row in rows)

    def list_calls(
        self,
        source: Source,
        task_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = 50,
    ) -> Iterator[ListedCallPage]:
        """The task's calls that started within the window (aware times), page by page, one request each, lazily.

        Rows may repeat and move between pages. The robot API knows no window: every page is asked for and narrowed
        here, and calls without a start stay. AI agent lists come in three passes by status, so `total` grows twice.
        """
        if source == Source.AICCS:
            return self._list_conversations(task_id, since, until, page_size)
        return self._list_robot_calls(task_id, since, until, page_size)

    def close(self) -> None:
        """Close idle connections; the account can still be used."""
        for transport in self._transports.values():
            transport.close()

    def _ask(self, source: Source, operation: Operation) -> Reply:
        return self._transports[source].ask(operation.name, operation.params())

    def _list_conversations(
        self, task_id: str, since: datetime | None, until: datetime | None, page_size: int
    ) -> Iterator[ListedCallPage]:
        number = total = 0
        for status in CALL_STATUSES:

            def ask(page: int, status: int = status) -> Reply:
                query = aiccs.QueryAiCallDetailPage(
                    task_id=task_id,
                    status=status,
                    page_no=page,
                    page_size=page_size,
                    start_calling_time=to_millis(since) if since else None,
                    end_calling_time=to_millis(until) if until else None,
                )
                return self._ask(Source.AICCS, query)

            known = 0
            for rows, pass_total, request_id in _pages(ask, aiccs_lists.read_page):
                number += 1
                known = max(known, pass_total or 0)
                calls = tuple(listings.of_call_row(aiccs_lists.CallRow.parse(row), task_id) for row in rows)
                yield ListedCallPage(calls, number, total + known, request_id)
            total += known

    def _list_robot_calls(
        self, task_id: str, since: datetime | None, until: datetime | None, page_size: int
    ) -> Iterator[ListedCallPage]:
        def ask(page: int) -> Reply:
            query = robot.QueryRobotTaskCallList(task_id=task_id, page_no=page, page_size=page_size)
            return self._ask(Source.ROBOT, query)

        today = to_millis(datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0))
        for number, (rows, _, request_id) in enumerate(_pages(ask, robot.read_rows), 1):
            listed = (listings.of_listed_robot_call(robot.RobotCall.parse(row.values), task_id, today) for row in rows)
            calls = tuple(call for call in listed if _is_within(call, since, until))
            yield ListedCallPage(calls, number, None, request_id)


def _detail_of(ref: CallRef) -> Operation:
    if ref.source == Source.AICCS:
        return aiccs.QueryConversationDetailInfo(task_id=ref.task_id, detail_id=ref.detail_id, batch_id=ref.batch_id)
    if ref.query_date is None:
        raise Refused("a robot call is asked for with its date", operation=robot.DETAIL)
    return robot.QueryRobotTaskCallDetail(task_id=ref.task_id, callee=ref.callee, query_date=ref.query_date)


def _pages(
    ask: Callable[[int], Reply], read: Callable[[Mapping[str, Any]], Rows]
) -> Iterator[tuple[list[Fields], int | None, str]]:
    """Pages of rows until the total is reached, or a page is empty, shorter than the first, or the same once more.

    The vendor states no largest page, so a first page that is shorter than asked for need not be the last.
    """
    seen = longest = 0
    before: list[Mapping[str, Any]] = []
    page = 1
    while True:
        reply = ask(page)
        try:
            rows, total = read(reply.body)
        except wire.UNREADABLE as error:
            raise BadPayload(
                f"the list cannot be read: {error}",
                raw=reply.raw,
                request_id=reply.request_id,
                operation=reply.operation,
            ) from None
        values = [row.values for row in rows]
        if page > 1 and (not rows or values == before):
            return
        yield rows, total, reply.request_id
        seen += len(rows)
        longest = max(longest, len(rows))
        if not rows or len(rows) < longest or (total is not None and seen >= total):
            return
        before = values
        page += 1


def _is_within(call: ListedCall, since: datetime | None, until: datetime | None) -> bool:
    if call.started_at is None:
        return True
    return (since is None or call.started_at >= since) and (until is None or call.started_at <= until)
