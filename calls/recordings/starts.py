"""What the turns of a call say about their own times: the vendor's seconds, and starts that people set."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from calls.hearing import AGENT, CUSTOMER, OTHER, Said
from calls.models import Call, Transcript, TurnStart
from calls.models.transcript import Turn
from calls.vocabulary import Speaker

SPEAKERS = {Speaker.AGENT: AGENT, Speaker.CUSTOMER: CUSTOMER, Speaker.OTHER: OTHER}
# Speaking times are whole seconds of another clock, so they may stick out of the call a little. The vendor's sample has
# some days after it: those say nothing.
SLACK = timedelta(seconds=10)


def picked_up_at(call: Call) -> datetime | None:
    """When the recording begins. The robot API tells only when it dialled and for how long was spoken."""
    if call.answered_at:
        return call.answered_at
    if call.started_at and call.ended_at and call.duration:
        return max(call.started_at, call.ended_at - timedelta(seconds=call.duration))
    return call.started_at


def said_in(call: Call) -> list[Said]:
    return [
        Said(SPEAKERS[turn.speaker], turn.text, turn.interrupted, _seconds_into(call, turn.spoken_at))
        for turn in _turns(call)
    ]


def anchors_of(call: Call) -> dict[int, float]:
    """Seconds by index from 0, for starts whose turn the transcript still has."""
    return {index: start.at / 1000 for index, start in _placed(call, _turns(call))}


def replace_start(call: Call, index: int, at: int | None, by: User | None) -> None:
    """Forget what was set for this turn, and what contradicts it; the latest word counts."""
    turns = _turns(call)
    if not 0 <= index < len(turns):
        raise IndexError(index)
    turn = turns[index]
    for other, start in _placed(call, turns):
        contradicts = at is not None and ((other < index and start.at >= at) or (other > index and start.at <= at))
        if other == index or contradicts:
            start.delete()
    if at is not None:
        digest = TurnStart.digest_of(turn.text)
        TurnStart.objects.create(
            call=call, index=index, speaker=turn.speaker, text_digest=digest, at=max(at, 0), set_by=by
        )


def _turns(call: Call) -> list[Turn]:
    transcript = Transcript.objects.filter(call=call).first()
    return list(transcript) if transcript else []


def _placed(call: Call, turns: list[Turn]) -> list[tuple[int, TurnStart]]:
    """Each start with the index of its turn now: the one with the same words nearest to where it was."""
    found: dict[int, TurnStart] = {}
    digests = [(turn.speaker, TurnStart.digest_of(turn.text)) for turn in turns]
    for start in TurnStart.objects.filter(call=call):
        key = (start.speaker, start.text_digest)
        same = [index for index, other in enumerate(digests) if other == key and index not in found]
        if same:
            found[min(same, key=lambda index: abs(index - start.index))] = start
    return sorted(found.items(), key=lambda pair: pair[0])


def _seconds_into(call: Call, spoken_at: datetime | None) -> float | None:
    """From where the recording begins."""
    start = picked_up_at(call)
    if spoken_at is None or start is None or call.duration is None:
        return None
    offset = spoken_at - start
    is_inside = -SLACK <= offset <= timedelta(seconds=call.duration) + SLACK
    return offset.total_seconds() if is_inside else None
