"""One customer to be called, how that goes, and what can be known of it at a moment. Times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from calls.aliyun.sandbox.campaigns import Campaign
from calls.aliyun.sandbox.dialogues import Scene, Turn

BEIJING = timezone(timedelta(hours=8))
NEVER_PLACED = {"INVALID_NUMBER", "OPERATOR_BLOCK", "CANCEL"}
# Seconds after the end of a call: when its transcript, its tags and its recording appear.
TRANSCRIPT_AFTER, TAGS_AFTER, RECORDING_AFTER = 5, 10, 40


@dataclass(frozen=True, slots=True)
class Attempt:
    number: int
    dialled_at: int
    answered_at: int | None
    ended_at: int
    result: str

    @property
    def duration(self) -> int:
        """Whole seconds, 0 when nobody answered."""
        return 0 if self.answered_at is None else (self.ended_at - self.answered_at) // 1000


# Compared by identity: what is said about a plan is cached by it.
@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One customer of one task and how calling them goes, from the import of the number to the last attempt."""

    slot: int
    campaign: Campaign
    callee: str
    out_id: str
    imported_at: int
    attempts: tuple[Attempt, ...]
    words: dict[str, str]
    scene: Scene
    turns: tuple[Turn, ...]

    @property
    def detail_id(self) -> str:
        return f"9662{self.slot:012d}"

    @property
    def batch_id(self) -> str:
        day = datetime.fromtimestamp(self.imported_at / 1000, BEIJING)
        return f"1390{self.campaign.task_id[-2:]}{day:%Y%m%d}16"

    def at(self, now: int) -> Moment:
        begun = [attempt for attempt in self.attempts if attempt.dialled_at <= now]
        return Moment(self, begun[-1] if begun else None, now)


@dataclass(frozen=True, slots=True)
class Moment:
    """A plan as the vendor sees it now: the latest attempt begun, and how far it has come."""

    plan: Plan
    attempt: Attempt | None
    now: int

    @property
    def is_over(self) -> bool:
        return self.attempt is not None and self.attempt.ended_at <= self.now

    @property
    def is_last(self) -> bool:
        return self.attempt is self.plan.attempts[-1]

    @property
    def was_answered(self) -> bool:
        return (
            self.attempt is not None and self.attempt.answered_at is not None and self.attempt.answered_at <= self.now
        )

    @property
    def call_id(self) -> str:
        number = self.plan.slot * 4 + (self.attempt.number if self.attempt else 0)
        return f"{116950000000 + number}^{103750000000 + number}"

    @property
    def has_transcript(self) -> bool:
        return self._after(TRANSCRIPT_AFTER)

    @property
    def has_tags(self) -> bool:
        return self._after(TAGS_AFTER)

    @property
    def has_recording(self) -> bool:
        return self._after(RECORDING_AFTER)

    def _after(self, seconds: int) -> bool:
        return self.was_answered and self.attempt is not None and self.attempt.ended_at + seconds * 1000 <= self.now
