"""The team's own words for calls."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from calls.models import Call, indexing
from reviews.models import Label, Labelled
from reviews.models.judged import hold_living


@transaction.atomic
def put_on(call: Call, label: Label, by: User) -> None:
    """Or CallGone."""
    hold_living([call])
    values = {"call": call, "task_id": call.task_id, "by": by}
    Labelled.objects.get_or_create(label=label, source=call.source, key=call.key, defaults=values)
    indexing.index_calls([call.pk])


def take_off(call: Call, label: Label) -> None:
    with indexing.changing([call.pk]):
        labels_on(call).filter(label=label).delete()


def labels_on(call: Call) -> QuerySet[Labelled]:
    """What the call carries, also from before it went and came back."""
    return (
        Labelled.objects.filter(Q(call=call) | Q(source=call.source, key=call.key))
        .select_related("label", "by")
        .order_by("label__name")
    )


def labels_for(call: Call) -> QuerySet[Label]:
    """What it could carry as well."""
    return Label.objects.filter(retired_at=None).exclude(pk__in=labels_on(call).values("label"))
