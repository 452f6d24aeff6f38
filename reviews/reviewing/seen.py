"""What a reviewer had before them: which answer of the source, and a digest of what is judged in it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db.models import Max

from calls.models import Call, Transcript
from reviews.models import Comment, Labelled, QueueItem, Review, ReviewEvent
from reviews.vocabulary import EventKind


def digest_of(call: Call) -> str:
    """Of the words, the tags and the result; who made the words, and where the sound is, may change freely."""
    transcript = Transcript.objects.filter(call=call).first()
    words = list(transcript.texts()) if transcript else []
    unread = transcript.unread if transcript else ""
    tags = list(call.tags.order_by("position").values_list("name", "value"))
    told = json.dumps([words, unread, tags, call.result], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def revision_of(call: Call) -> int:
    """The number of the newest answer; 0 without any."""
    return call.payloads.aggregate(newest=Max("revision"))["newest"] or 0


def follow_call(sender: Any, call: Call, is_new: bool, **kwargs: Any) -> None:
    """Reviews of a call that was written anew: those that lost it have it again, and know whether it is the same."""
    if is_new and not _find_again(call):
        return
    reviews = list(Review.objects.finished().filter(call=call).exclude(digest=""))
    if not reviews:
        return
    if any(review.key != call.key for review in reviews):
        # completed by an answer that tells more of its names
        Review.objects.filter(call=call).update(key=call.key, task_id=call.task_id)
    digest, revision = digest_of(call), revision_of(call)
    for review in reviews:
        _compare(review, digest, revision)


def _find_again(call: Call) -> bool:
    """Whether anything belongs to it again."""
    lost = [
        model._default_manager.filter(source=call.source, key=call.key, call=None)
        for model in (Review, QueueItem, Comment, Labelled)
    ]
    return sum(rows.update(call=call) for rows in lost) > 0


def _compare(review: Review, digest: str, revision: int) -> None:
    is_outdated = digest != review.digest
    if is_outdated == review.is_outdated:
        return
    Review.objects.filter(pk=review.pk).update(is_outdated=is_outdated)
    detail = {"revision": revision, "is_as_before": not is_outdated}
    ReviewEvent.objects.create(review=review, kind=EventKind.CALL_CHANGED, detail=detail)
