"""Our words for judging calls, with their labels."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CriterionKind(TextChoices):
    PASS_FAIL = "pass_fail", _("Pass or fail")
    SCALE = "scale", _("Scale")
    CHOICE = "choice", _("One of several")
    NUMBER = "number", _("Number")
    TEXT = "text", _("Text")


class Stakes(TextChoices):
    """What a failed criterion does beside losing its points."""

    PLAIN = "", pgettext_lazy("stakes", "Nothing else")
    CRITICAL = "critical", _("Critical: counts in a score of its own")
    FATAL = "fatal", _("Fatal: the whole score is 0")


class CommentRule(TextChoices):
    NEVER = "", pgettext_lazy("comment", "As one likes")
    NEGATIVE = "negative", _("When the answer is negative")
    ALWAYS = "always", pgettext_lazy("comment", "Always")


class VersionState(TextChoices):
    DRAFT = "draft", pgettext_lazy("scorecard", "Draft")
    PUBLISHED = "published", pgettext_lazy("scorecard", "Published")
    RETIRED = "retired", pgettext_lazy("scorecard", "Retired")


class QueueState(TextChoices):
    OPEN = "open", pgettext_lazy("queue", "Open")
    PAUSED = "paused", pgettext_lazy("queue", "Paused")
    CLOSED = "closed", pgettext_lazy("queue", "Closed")


class ItemState(TextChoices):
    WAITING = "waiting", pgettext_lazy("item", "Waiting")
    DONE = "done", pgettext_lazy("item", "Done")
    SKIPPED = "skipped", pgettext_lazy("item", "Skipped")
    GONE = "gone", _("The call is gone")


class SkipReason(TextChoices):
    NO_SOUND = "no_sound", _("No sound")
    LANGUAGE = "language", _("A language I do not speak")
    SUPERVISOR = "supervisor", _("A supervisor should look at it")
    ACQUAINTED = "acquainted", _("I know this person")
    OTHER = "other", pgettext_lazy("skip", "Something else")


class ReviewState(TextChoices):
    DRAFT = "draft", pgettext_lazy("review", "Draft")
    FINISHED = "finished", pgettext_lazy("review", "Finished")


class Purpose(TextChoices):
    """Why a call is reviewed. Only the first two count in scores and rates."""

    FIRST = "first", pgettext_lazy("purpose", "Review")
    AD_HOC = "ad_hoc", _("Review without a queue")
    SECOND = "second", _("Second opinion")
    CALIBRATION = "calibration", _("Calibration")
    EXPERT = "expert", _("Expert's answer")


class EventKind(TextChoices):
    """What happened to a review. Each is a row that says who and when."""

    STARTED = "started", pgettext_lazy("review", "Started")
    FINISHED = "finished", pgettext_lazy("review", "Finished")
    MOVED = "moved", pgettext_lazy("review", "Moved")
    UNDONE = "undone", _("Finish taken back")
    REOPENED = "reopened", _("Opened again")
    DISPUTED = "disputed", _("Disputed")
    RESOLVED = "resolved", _("Dispute resolved")
    CALL_CHANGED = "call_changed", _("The call changed")


class DisputeState(TextChoices):
    OPEN = "open", pgettext_lazy("dispute", "Open")
    ACCEPTED = "accepted", pgettext_lazy("dispute", "Accepted")
    PARTLY = "partly", pgettext_lazy("dispute", "Partly accepted")
    REJECTED = "rejected", pgettext_lazy("dispute", "Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("dispute", "Withdrawn")
