"""What stands around a list of calls: the tabs of saved views above it, and its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from urllib.parse import parse_qsl

from django.contrib.auth.models import User

from calls.columns import Column, columns_named, with_sorting
from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, user_of
from calls.models import ListPreference, SavedView
from calls.models.saved_view import EVERYTHING

# tabs in the row; the others wait behind "n more"
SHOWN_TABS = 6


@dataclass(frozen=True, slots=True)
class Tab:
    view: SavedView
    is_current: bool


@dataclass(frozen=True)
class ListFrame:
    """The reader's saved views, where among them this list stands, and the columns it has."""

    user: User
    form: CallFilterForm
    preference: ListPreference
    views: Sequence[SavedView] = field(default_factory=list)

    @classmethod
    def of(cls, request: HtmxHttpRequest, form: CallFilterForm) -> Self:
        """Also tells the form which view its addresses shall name."""
        user = user_of(request)
        preference = ListPreference.of(user)
        frame = cls(user, form, preference, preference.in_order(SavedView.objects.visible_to(user).distinct()))
        named = request.GET.get("view", "")
        if frame.named(named):
            form.view = named
        elif frame.default_view:
            # A list that names no view would turn into the default one as soon as its last condition is taken away.
            form.view = EVERYTHING
        return frame

    def first_view_url(self, request: HtmxHttpRequest) -> str:
        """Where the bare address of the list leads; "" when it stays where it is."""
        leads_on = self.default_view and not request.GET and not request.htmx
        return self.default_view.get_absolute_url() if leads_on and self.default_view else ""

    def named(self, word: str) -> SavedView | None:
        return next((view for view in self.views if str(view.pk) == word), None)

    @cached_property
    def default_view(self) -> SavedView | None:
        """None as well when it is no longer shared with this reader."""
        return next((view for view in self.views if view.pk == self.preference.default_view_id), None)

    @cached_property
    def came_from(self) -> SavedView | None:
        return self.named(self.form.view)

    @cached_property
    def current(self) -> SavedView | None:
        """The view the list comes from; without one the view that asks for just the same."""
        if self.came_from or not self.form.state:
            return self.came_from
        return next((view for view in self.views if means_the_same(view.query, self.form.state)), None)

    @property
    def is_changed(self) -> bool:
        return self.current is not None and not means_the_same(self.current.query, self.form.state)

    @property
    def is_everything(self) -> bool:
        return self.current is None and not self.form.state

    @property
    def left_out(self) -> list[str]:
        """Keys of the view that the list does not know any more."""
        asked = parse_qsl(self.current.query) if self.current else []
        return sorted({name for name, _value in asked} - set(self.form.fields))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        own = self.came_from.columns if self.came_from else []
        return with_sorting(columns_named(own or self.preference.columns), self.form.order)

    @property
    def owns_current(self) -> bool:
        return self.current is not None and self.current.owner_id == self.user.pk

    @cached_property
    def tabs(self) -> list[Tab]:
        return [Tab(view, view == self.current) for view in self._in_sight]

    @property
    def rest(self) -> list[Tab]:
        return [Tab(view, is_current=False) for view in self.views if view not in self._in_sight]

    @cached_property
    def _in_sight(self) -> list[SavedView]:
        """The first tabs; the current one takes the last place when it is not among them."""
        first = list(self.views[:SHOWN_TABS])
        if self.current and self.current not in first:
            first[-1:] = [self.current]
        return first

    @property
    def address(self) -> str:
        """This list as a query string with its view: what a dialog over it comes back to."""
        return self.form.url().partition("?")[2]


def means_the_same(query: str, other: str) -> bool:
    """Whether two query strings ask for the same, whatever the order of what they ask."""
    return sorted(parse_qsl(query)) == sorted(parse_qsl(other))
