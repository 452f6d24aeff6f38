"""Why a recording could not be copied. Each message is a sentence for people, marked for translation."""

from __future__ import annotations


class RecordingError(Exception):
    """Base of the family. `detail` is technical and never holds the link's query, which is a secret."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(f"{sentence} ({detail})" if detail else sentence)
        self.sentence = sentence
        self.detail = detail


class Unfetched(RecordingError):
    """This time. Worth trying again while the link lives."""


class LinkExpired(RecordingError):
    """The link is not honoured any more; the vendor gives a fresh one with the call."""


class NotAudio(RecordingError):
    """A file came, and nothing can play it."""


class Blocked(RecordingError):
    """The link leads where we do not go. Trying again would bring the same."""
