from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from calls.models.cleaning import clean_text
from calls.snapshot import CallSnapshot, TurnSnapshot
from calls.vocabulary import Speaker


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as pages show it. `index` counts from 1 and names the anchor `#turn-1`."""

    index: int
    speaker: Speaker
    text: str
    interrupted: bool
    spoken_at: datetime | None
    original_role: str


class Transcript(models.Model):
    """What was said, one row a call: it is always read and replaced whole."""

    call = models.OneToOneField("calls.Call", models.CASCADE, primary_key=True, related_name="transcript")
    turns = models.JSONField(_("turns"), default=list)
    turn_count = models.PositiveIntegerField(_("number of turns"), default=0)
    # only when the vendor's transcript could not be read
    unread = models.TextField(_("unread transcript"), blank=True)

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")
        # how many turns each call of a long period has, without the talk
        indexes = [models.Index(fields=["call", "turn_count"], name="transcript_turn_count")]

    def __str__(self) -> str:
        return str(self.call_id)

    def __iter__(self) -> Iterator[Turn]:
        return (self.turn(index) for index in range(1, len(self.turns) + 1))

    def turn(self, index: int) -> Turn:
        """The turn of this number, counted from 1."""
        turn = self.turns[index - 1]
        return Turn(
            index=index,
            speaker=Speaker(turn["speaker"]),
            text=turn["text"],
            interrupted=turn.get("interrupted", False),
            spoken_at=parse_datetime(turn["spoken_at"]) if turn.get("spoken_at") else None,
            original_role=turn.get("role", ""),
        )

    def texts(self) -> Iterator[tuple[str, str]]:
        """Speaker and text of every turn, for whoever looks through very many of them."""
        return ((turn["speaker"], turn["text"]) for turn in self.turns)

    @staticmethod
    def columns(snapshot: CallSnapshot) -> dict[str, Any]:
        """The row's values for this snapshot."""
        turns = [_as_json(turn) for turn in snapshot.turns]
        return {"turns": turns, "turn_count": len(turns), "unread": clean_text(snapshot.unread_transcript)}


def _as_json(turn: TurnSnapshot) -> dict[str, Any]:
    """Empty members are left out: a million transcripts are mostly speaker and text."""
    row: dict[str, Any] = {"speaker": turn.speaker.value, "text": clean_text(turn.text)}
    if turn.interrupted:
        row["interrupted"] = True
    if turn.spoken_at is not None:
        row["spoken_at"] = turn.spoken_at.isoformat()
    if turn.original_role:
        row["role"] = clean_text(turn.original_role, 32)
    return row
