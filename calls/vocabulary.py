"""Our words for what happens in a call. Past `calls/aliyun/` nobody speaks the vendor's."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Source(TextChoices):
    """Which vendor product made the call."""

    AICCS = "aiccs", _("AI agent")
    ROBOT = "robot", _("Scripted robot")


class CallResult(TextChoices):
    ANSWERED = "answered", pgettext_lazy("call result", "Answered")
    BUSY = "busy", _("Busy")
    NO_ANSWER = "no_answer", _("No answer")
    REFUSED = "refused", _("Refused")
    FORWARDED = "forwarded", _("Forwarded")
    VOICEMAIL = "voicemail", _("Voicemail or assistant")
    BARRED = "barred", _("Incoming calls barred")
    POWERED_OFF = "powered_off", _("Powered off")
    OUT_OF_AREA = "out_of_area", _("Out of service area")
    BLOCKED = "blocked", _("Blocked by carrier")
    SUSPENDED = "suspended", _("Number suspended")
    CANCELLED = "cancelled", _("Cancelled by caller")
    INVALID_NUMBER = "invalid_number", _("No such number")
    UNAVAILABLE = "unavailable", _("Unreachable")
    NETWORK_BUSY = "network_busy", _("Network busy")
    LOST = "lost", _("Call lost")
    OTHER = "other", pgettext_lazy("call result", "Other")


class Speaker(TextChoices):
    AGENT = "agent", _("Robot")
    CUSTOMER = "customer", _("Customer")
    OTHER = "other", pgettext_lazy("speaker", "Other speaker")


class HungUpBy(TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Robot")
    OTHER = "other", pgettext_lazy("hung up by", "Other")


class TransferResult(TextChoices):
    """Whether the robot handed the customer to a person."""

    TRANSFERRED = "transferred", _("Transferred")
    FAILED = "failed", _("Transfer failed")
    NOT_TRANSFERRED = "not_transferred", _("Not transferred")
    OTHER = "other", pgettext_lazy("transfer result", "Other")


class NumberHash(TextChoices):
    """How the vendor disguised the customer's number."""

    PLAIN = "plain", _("Not hashed")
    MD5 = "md5", "MD5"
    SHA256 = "sha256", "SHA-256"
    SM3 = "sm3", "SM3"
    OTHER = "other", pgettext_lazy("number hash", "Other")


class TaskStatus(TextChoices):
    WAITING = "waiting", _("Not started")
    STARTING = "starting", _("Starting")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", pgettext_lazy("task status", "Cancelled")
    FAILED = "failed", pgettext_lazy("task status", "Failed to start")
    OTHER = "other", pgettext_lazy("task status", "Other")


class RecordingState(TextChoices):
    """`EXPECTED` has no link yet, `WAITING` has one that is not copied yet."""

    NONE = "none", _("No recording")
    EXPECTED = "expected", _("Expected")
    WAITING = "waiting", _("Waiting to be stored")
    FETCHING = "fetching", _("Being stored")
    STORED = "stored", _("Stored")
    MISSING = "missing", _("Missing")
    PURGED = "purged", _("Purged")


class JobKind(TextChoices):
    REFRESH = "refresh", _("Refresh a call")
    DISCOVER = "discover", _("Discover a task's calls")
    KEEP_RECORDING = "keep_recording", _("Store a recording")
    BULK_REFRESH = "bulk_refresh", _("Refresh many calls")
    QUEUE_CALLS = "queue_calls", _("Add calls to a queue")
    EXPORT = "export", _("Export calls")
    EXPORT_REVIEWS = "export_reviews", _("Export reviews")
    HEAR = "hear", _("Listen to a recording")


class JobState(TextChoices):
    """`PENDING` and `RUNNING` are open; a dead job ran out of attempts and waits for a person."""

    PENDING = "pending", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", pgettext_lazy("job state", "Failed")
    DEAD = "dead", _("Gave up")
    CANCELLED = "cancelled", pgettext_lazy("job state", "Cancelled")


class Priority(IntegerChoices):
    """Lower goes first: a person waiting overtakes the background, which overtakes thousands asked for at once."""

    PEOPLE = 0, _("Asked by a person")
    BACKGROUND = 5, _("Background")
    BULK = 9, _("Asked for many calls")


class ExportFormat(TextChoices):
    CSV = "csv", _("CSV, for any program")
    XLSX = "xlsx", _("Excel workbook")
