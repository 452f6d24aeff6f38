"""The tables of the search index, as far as Django has to know them. `calls.search` makes and reads them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchEntry(models.Model):
    """What both databases keep of one call in one table. Declared so that a flush empties it; `calls.models.indexing`
    writes it.
    """

    position = models.BigIntegerField(primary_key=True)
    # No constraint: a rebuilt table takes this one's place under its name.
    call = models.OneToOneField("calls.Call", models.CASCADE, related_name="+", db_constraint=False)
    duration = models.IntegerField(null=True)
    turns = models.IntegerField(null=True)
    score = models.IntegerField(null=True)

    class Meta:
        db_table = "calls_searchentry"
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return str(self.position)


class SearchState(models.Model):
    """One row about the whole index; after a flush there is none, and nothing in the index."""

    version = models.PositiveIntegerField(_("version"))
    # the number of the rebuild that is filling a second index, 0 for none: every change is then written to both
    rebuild = models.PositiveIntegerField(_("running rebuild"), default=0)

    class Meta:
        verbose_name = _("search index")
        verbose_name_plural = _("search index")

    def __str__(self) -> str:
        return f"v{self.version}"
