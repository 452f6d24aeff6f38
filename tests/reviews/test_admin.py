"""The back room shows what people did and changes none of it."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from calls.models.scope import TaskScope
from reviews.models import Calibration, Comment, Dispute, Label, Queue, QueueItem, Review, Scorecard, ScorecardVersion
from reviews.scoring import Answer
from tests.builders import make_call
from tests.reviews.builders import make_item, make_queue, make_review, make_version

pytestmark = pytest.mark.django_db
SHOWN = (Scorecard, ScorecardVersion, Queue, QueueItem, Review, Dispute, Calibration, Comment, Label)
NAMES = [model._meta.model_name or "" for model in SHOWN]


def make_one_of_each(ada, rui) -> None:
    call = make_call(callee="13800005678")
    version = make_version()
    item = make_item(make_queue(version=version, seed="a"), call)
    review = make_review(call, rui, {"greeting": Answer("fail", turns=(1,))}, version=version, item=item)
    mark = review.marks.get()
    Dispute.objects.create(mark=mark, raised_by=ada, reason="no", due_at=review.started_at)
    Calibration.objects.create(name="Friday", queue=make_queue(name="Friday", version=version, seed="a"), expert=ada)
    Comment.objects.create(call=call, source=call.source, task_id=call.task_id, key=call.key, text="x", author=rui)
    Label.objects.create(name="vip")


@pytest.mark.parametrize("name", NAMES)
def test_administrators_see_each_kind_of_row(admin_client: Client, ada, rui, name):
    make_one_of_each(ada, rui)
    row = next(model for model in SHOWN if model._meta.model_name == name)._default_manager.first()
    assert row

    listed = admin_client.get(f"/admin/reviews/{name}/")
    shown = admin_client.get(f"/admin/reviews/{name}/{row.pk}/change/")

    assert (listed.status_code, shown.status_code) == (200, 200)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "label"])
def test_nobody_changes_rows_there(admin_client: Client, ada, rui, name):
    make_one_of_each(ada, rui)
    row = next(model for model in SHOWN if model._meta.model_name == name)._default_manager.first()
    assert row

    for address in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert admin_client.post(f"/admin/reviews/{name}/{address}", {"post": "yes"}).status_code == 403


def test_each_model_that_stands_alone_has_its_place():
    registered = {model for model in admin.site._registry if model._meta.app_label == "reviews"}
    assert registered == set(SHOWN)


def test_who_is_limited_to_tasks_is_so_in_the_back_room(admin_client: Client, ada, rui):
    make_one_of_each(ada, rui)
    rows = {model._meta.model_name: model.objects.get() for model in (Review, QueueItem, Dispute, Comment)}
    pages = {name: (f"/admin/reviews/{name}/", f"/admin/reviews/{name}/{row.pk}/change/") for name, row in rows.items()}

    def told(listed: str, shown: str) -> tuple[int, int]:
        return admin_client.get(listed).context["cl"].result_count, admin_client.get(shown).status_code

    assert {told(*addresses) for addresses in pages.values()} == {(1, 200)}
    TaskScope.objects.create(user=ada)
    assert {told(*addresses) for addresses in pages.values()} == {(0, 302)}
