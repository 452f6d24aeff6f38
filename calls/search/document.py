"""One call as search sees it, and the plain meaning of a tree: what the engines' answers are checked against."""

from __future__ import annotations

from dataclasses import dataclass

from calls.search.text import normalise
from calls.search.tree import All, Between, Field, InTask, Is, Labelled, Measure, Node, Not, Number, Said, Some, Tagged
from calls.vocabulary import RecordingState, Speaker

# Characters of a call that are searched: two and a half hours of talk, and what one PostgreSQL vector surely holds.
LONGEST = 40_000
# Longer counts as this long: 18 hours, and as many turns as anybody asks for. No score is higher.
CEILINGS = {Measure.DURATION: 4**8 - 1, Measure.TURNS: 4**6 - 1, Measure.SCORE: 4**7 - 1}


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, as they stand in the cache. `task` is `source/task_id`, `unread` a transcript nobody could read,
    `labels` are numbers.
    """

    call_id: int
    position: int
    turns: tuple[tuple[str, str], ...] = ()
    unread: str = ""
    source: str = ""
    task: str = ""
    result: str = ""
    intent: str = ""
    hung_up_by: str = ""
    recording: str = ""
    is_reviewed: bool = False
    # "passed", "failed" or "": what the newest review said
    verdict: str = ""
    # hundredths of a point
    score: int | None = None
    labels: tuple[str, ...] = ()
    duration: int | None = None
    tags: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Speaker and normalised text of every turn, as far as it is searched."""
        room = LONGEST
        found = []
        unread = [(Speaker.OTHER.value, line) for line in self.unread.splitlines()]
        for speaker, text in [*self.turns, *unread]:
            if line := normalise(text)[:room].strip():
                room -= len(line)
                found.append((speaker, line))
        return found

    @property
    def has_transcript(self) -> bool:
        return bool(self.turns or self.unread)

    def measure(self, measure: Measure) -> int | None:
        value = {Measure.DURATION: self.duration, Measure.TURNS: len(self.turns), Measure.SCORE: self.score}[measure]
        return None if value is None else min(value, CEILINGS[measure])

    def values(self, field: Field) -> tuple[str, ...]:
        """The normalised values of a field; most fields have one."""
        return self.fields()[field]

    def fields(self) -> dict[Field, tuple[str, ...]]:
        """The same of every field."""
        values = {
            Field.SOURCE: (self.source,),
            Field.TASK: (self.task,),
            Field.RESULT: (self.result,),
            Field.INTENT: (self.intent,),
            Field.HUNG_UP_BY: (self.hung_up_by,),
            Field.RECORDING: (self.recording,),
            Field.REVIEWED: ("yes", self.verdict) if self.is_reviewed else (),
            Field.HAS: self._has(),
            Field.ID: self.ids,
            Field.LABEL: self.labels,
        }
        return {field: tuple(value for value in map(normalise, each) if value) for field, each in values.items()}

    def _has(self) -> tuple[str, ...]:
        has = {
            "recording": self.recording == RecordingState.STORED,
            "transcript": self.has_transcript,
            "tag": bool(self.tags),
        }
        return tuple(name for name, holds in has.items() if holds)


def only_letters_and_digits(number: str) -> str:
    """`+86 138-0000` and `861380000` end alike."""
    return "".join(filter(str.isalnum, normalise(number)))


def matches(node: Node, document: Document) -> bool:
    """Whether the document is what the tree asks for, by looking at it."""
    match node:
        case All(nodes):
            return all(matches(each, document) for each in nodes)
        case Some(nodes):
            return any(matches(each, document) for each in nodes)
        case Not(each):
            return not matches(each, document)
        case Said(text, speaker):
            return any(text in line for who, line in document.lines() if speaker in (None, who))
        case Is(field, value):
            return normalise(value) in document.values(field)
        case Tagged(name, value):
            wanted = normalise(name), None if value is None else normalise(value)
            tags = [(normalise(name), normalise(value)) for name, value in document.tags]
            return any(tag == wanted or (wanted[1] is None and tag[0] == wanted[0]) for tag in tags)
        case Between(measure, low, high):
            found = document.measure(measure)
            ceiling = CEILINGS[measure]
            return found is not None and min(low, ceiling) <= found <= (ceiling if high is None else high)
        case Number(suffix):
            return any(
                only_letters_and_digits(number).endswith(only_letters_and_digits(suffix))
                for number in document.numbers
                if only_letters_and_digits(number)
            )
        case InTask(text):
            raise ValueError(f"task {text!r} is not resolved")
        case Labelled(name):
            raise ValueError(f"label {name!r} is not resolved")
    raise TypeError(f"{node!r} has no plain meaning")
