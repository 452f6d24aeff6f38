"""Answers as rows: a mark for each criterion and the turns it rests on, with their words and times as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.models import Call, Hearing, Transcript
from reviews.models import Evidence, Mark, Review
from reviews.scoring import Answer, Card
from reviews.scoring.score import is_negative, share_of

QUOTED = ("speaker", "text", "start", "end")
Said = dict[str, Any]
WRITTEN = ["value", "is_na", "is_negative", "share", "weight", "comment"]


def write_marks(review: Review, answers: Mapping[str, Answer]) -> None:
    """Marks keep their rows, because disputes point at them; what is no longer answered goes unless it is disputed."""
    rows = _rows(review, review.version.card, answers)
    Mark.objects.bulk_create(rows, update_conflicts=True, unique_fields=["review", "criterion"], update_fields=WRITTEN)
    marks = dict(review.marks.values_list("criterion", "pk"))
    if gone := [pk for criterion, pk in marks.items() if criterion not in {row.criterion for row in rows}]:
        review.marks.filter(pk__in=gone, disputes=None).delete()
        review.marks.filter(pk__in=gone).update(value="", is_na=False, is_negative=False, share=None, comment="")
    _write_evidence(review, answers, marks)


def _rows(review: Review, card: Card, answers: Mapping[str, Answer]) -> list[Mark]:
    return [
        Mark(
            review=review,
            criterion=criterion.key,
            value=answer.value,
            is_na=answer.is_na,
            comment=answer.comment,
            weight=criterion.weight,
            share=share_of(criterion, answer),
            is_negative=is_negative(criterion, answer),
        )
        for criterion in card
        if (answer := answers.get(criterion.key))
    ]


def _write_evidence(review: Review, answers: Mapping[str, Answer], marks: Mapping[str, int]) -> None:
    pinned = Evidence.objects.filter(mark__review=review)
    kept = {turn: dict(zip(QUOTED, quoted, strict=True)) for turn, *quoted in pinned.values_list("turn", *QUOTED)}
    pinned.delete()
    if not any(answer.turns for answer in answers.values()):
        return
    said = _as_it_was(said_in(review.call), kept) if review.call else kept
    Evidence.objects.bulk_create(
        Evidence(mark_id=marks[key], turn=turn, **said.get(turn, {}))
        for key, answer in answers.items()
        for turn in answer.turns
        # of a call that is gone nobody can tell any more what a turn said, so the number has to do
        if turn in said or review.call is None
    )


def _as_it_was(said: Mapping[int, Said], kept: Mapping[int, Said]) -> Mapping[int, Said]:
    """With the times that were known as long as the sound was there."""
    return {
        turn: before if (before := kept.get(turn)) and now["start"] is None and now["text"] == before["text"] else now
        for turn, now in said.items()
    }


def said_in(call: Call) -> dict[int, Said]:
    """Speaker, text, start and end (seconds) of each turn, by its number from 1."""
    transcript = Transcript.objects.filter(call=call).first()
    texts = list(transcript.texts()) if transcript else []
    heard = Hearing.objects.filter(recording=call.pk).exclude(basis="").values_list("times", flat=True).first() or []
    times = [(start / 1000, end / 1000) for start, end, *_how in heard] if len(heard) == len(texts) else []
    return {
        place: {
            "speaker": speaker,
            "text": text,
            "start": times[place - 1][0] if times else None,
            "end": times[place - 1][1] if times else None,
        }
        for place, (speaker, text) in enumerate(texts, start=1)
    }
