"""What is right: the plain meaning of a question, asked of every call by looking at it."""

from __future__ import annotations

from calls.models import Call, indexing, search
from calls.search.document import Document, matches
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.search.query import Query
from calls.search.tree import Field
from tests.search import worlds


class World:
    """Calls as they stand in the database, read once, and asked by looking at each."""

    def __init__(self) -> None:
        pks = list(Call.objects.values_list("pk", flat=True))
        found = [one for batch in worlds.in_batches(pks, 500) for one in indexing.documents(batch)]
        self.documents = [Looked(document) for document in sorted(found, key=lambda one: -one.position)]

    def ask(self, query: Query, filters: Filters = search.NO_FILTERS) -> list[int]:
        tree, span = search.meaning(query, filters), filters.span
        return [
            document.call_id
            for document in self.documents
            if matches(tree, document)
            and (span.low is None or span.low <= document.position)
            and (span.high is None or document.position < span.high)
        ]


class Looked(Document):
    """A document that folds its texts once, not for every question."""

    kept: dict[Field, tuple[str, ...]]
    folded: list[tuple[str, str]]

    def __init__(self, document: Document) -> None:
        for name in Document.__slots__:
            object.__setattr__(self, name, getattr(document, name))
        object.__setattr__(self, "kept", {field: document.values(field) for field in Field})
        object.__setattr__(self, "folded", document.lines())

    def lines(self) -> list[tuple[str, str]]:
        return self.folded

    def values(self, field: Field) -> tuple[str, ...]:
        return self.kept[field]


def check(world: World, text: str, filters: Filters = search.NO_FILTERS) -> None:
    query = parse(text)
    expected = world.ask(query, filters)
    assert search.find(query, filters).ids == expected[:50], text
    assert search.count(query, filters, cap=100) == min(len(expected), 101), text
    assert search.count(query, filters, cap=None) == len(expected), text
