"""What others need for the same questions on the same texts: an admin's search_fields, and tantivy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import ClassVar

import tantivy
from django.db import connection, models
from django.db.models import Q

from bench.asking import FIFTY
from bench.corpus import COMMON_CHARACTER, HALF, LATIN, OLD, RARE, THOUSANDTH, TWENTIETH
from bench.timing import Table
from calls.search.index import TABLE
from calls.search.text import bigrams, letters, stream

QUESTIONS = {
    "50 %": HALF,
    "5 %": TWENTIETH,
    "0.1 %": THOUSANDTH,
    "0.001 %": RARE,
    "only in old calls": OLD,
    "Latin word, 25 %": LATIN.lower(),
    "one character": COMMON_CHARACTER,
}
FIELDS = ["customer", "agent"]
MEMORY = 256 << 20


class Said(models.Model):
    """What is searched, as a model that an admin could list."""

    position = models.BigIntegerField(primary_key=True)
    customer = models.TextField()
    agent = models.TextField()
    other = models.TextField()
    objects: ClassVar[models.Manager[Said]] = models.Manager()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = f"{TABLE}_texts" if connection.vendor == "postgresql" else TABLE

    def __str__(self) -> str:
        return str(self.position)


def print_rows(table: Table) -> None:
    for name, text in list(QUESTIONS.items())[:5]:
        table.ask(f"beside: search_fields of an admin, {name}", _admin_page_of(text))
    with tempfile.TemporaryDirectory(prefix="earshot-tantivy-") as home:
        index = _tantivy(home)
        for name, text in QUESTIONS.items():
            table.ask(f"beside: tantivy, ids only, {name}", _tantivy_page_of(index, text))


def _admin_page_of(text: str) -> Callable[[], None]:
    said = Q(customer__icontains=text) | Q(agent__icontains=text) | Q(other__icontains=text)

    def ask() -> None:
        list(Said.objects.filter(said).order_by("-position")[:FIFTY])

    return ask


def _tantivy(home: str) -> tantivy.Index:
    """The same bigrams with positions, single characters beside them, and the position to sort by."""
    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("position", fast=True, stored=True)
    for name in FIELDS:
        schema.add_text_field(name, tokenizer_name="whitespace")
        schema.add_text_field(f"{name}_letters", tokenizer_name="whitespace", index_option="basic")
    index = tantivy.Index(schema.build(), path=home)
    writer = index.writer(MEMORY, 1)
    for entry in Said.objects.order_by("position").iterator(2_000):
        texts = {"customer": entry.customer, "agent": entry.agent}
        document = tantivy.Document()
        document.add_unsigned("position", entry.position)
        for name, text in texts.items():
            document.add_text(name, stream(text))
            document.add_text(f"{name}_letters", " ".join(letters(text)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def _tantivy_page_of(index: tantivy.Index, text: str) -> Callable[[], None]:
    searcher = index.searcher()

    def ask() -> None:
        phrase = " ".join(bigrams(text)) or text
        fields = FIELDS if len(text) > 1 else [f"{name}_letters" for name in FIELDS]
        query = index.parse_query(f'"{phrase}"', fields)
        searcher.search(query, FIFTY, count=False, order_by_field="position", order=tantivy.Order.Desc)

    return ask
