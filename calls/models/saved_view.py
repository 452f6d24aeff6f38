"""How people look at the list of calls: views they saved, and each one's own columns, order of views and first view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_NAME = 80
# what a query string says to leave every view, also the default one
EVERYTHING = "all"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and those shared with a group one is in."""
        groups = User.groups.through.objects.filter(user_id=user.pk).values("group_id")
        return self.filter(Q(owner=user) | Q(group__in=groups))

    def named(self, word: str, user: User) -> SavedView | None:
        """The view a query string names by `view=`; None when there is none that this reader may see."""
        if not (word.isascii() and word.isdecimal() and len(word) < 19):
            return None
        return self.visible_to(user).filter(pk=int(word)).first()


class SavedView(models.Model):
    """A list of calls worth coming back to: what it asks for, under a name."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    # filters, search and order as the address of the list has them; neither a page nor a view
    query = models.TextField(_("query string"), blank=True)
    # names of columns in order; none: each reader's own
    columns = models.JSONField(_("columns"), default=list, blank=True)
    group = models.ForeignKey(
        Group, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("shared with")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="one_view_of_a_name_per_owner")]
        permissions = [("share_savedview", "Can share saved views")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list as this view has it; the view is named so that changes are changes of it."""
        return f"{reverse('call_list')}?{'&'.join(filter(None, [self.query, f'view={self.pk}']))}"


class ListPreference(models.Model):
    """What one reader chose for the list. No row means nothing chosen yet."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="list_preference", verbose_name=_("user")
    )
    columns = models.JSONField(_("columns"), default=list, blank=True)
    # primary keys of views, one's own and shared ones; those not named follow in the order they were saved
    view_order = models.JSONField(_("order of views"), default=list, blank=True)
    default_view = models.ForeignKey(
        SavedView, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("default view")
    )

    class Meta:
        verbose_name = _("list preference")
        verbose_name_plural = _("list preferences")

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def of(cls, user: User) -> Self:
        """What the reader chose so far; not saved when there is nothing yet."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    @classmethod
    def keep(cls, user: User, **chosen: Any) -> None:
        cls.objects.update_or_create(user=user, defaults=chosen)

    def in_order(self, views: Iterable[SavedView]) -> list[SavedView]:
        places = {pk: place for place, pk in enumerate(self.view_order)}
        return sorted(views, key=lambda view: (places.get(view.pk, len(places)), view.pk))


def moved(items: Sequence[Any], item: Any, step: int) -> list[Any]:
    """The same items with one of them a step further on or back, as far as that goes."""
    order = list(items)
    if item in order:
        place = order.index(item)
        order.insert(min(max(place + step, 0), len(order) - 1), order.pop(place))
    return order
