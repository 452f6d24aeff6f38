"""Calls that somebody could not finish and gave back: they are not handed to the same person again at once."""

from __future__ import annotations

from collections.abc import Collection

from calls.http import HtmxHttpRequest, user_of
from reviews.models import Queue, QueueItem
from reviews.reviewing import holding

# in the session, so that it ends with the day's work
KEY, MOST = "given_back", 100


def remember(request: HtmxHttpRequest, item: QueueItem) -> None:
    request.session[KEY] = [*_others(request, item), item.pk][-MOST:]


def forget(request: HtmxHttpRequest, item: QueueItem) -> None:
    """They have opened it themselves."""
    if item.pk in request.session.get(KEY, ()):
        request.session[KEY] = _others(request, item)


def take_another(request: HtmxHttpRequest, queue: Queue | None, besides: Collection[int] = ()) -> QueueItem | None:
    """As holding.take_next, of what they have not given back."""
    return holding.take_next(user_of(request), queue, besides=[*request.session.get(KEY, ()), *besides])


def _others(request: HtmxHttpRequest, item: QueueItem) -> list[int]:
    return [pk for pk in request.session.get(KEY, ()) if pk != item.pk]
