"""The back room keeps to the same limits, and is where an administrator sets them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calls.models import Call, CallTask, Job, Payload, Recording, Tag, TaskScope, Transcript
from calls.models.scope import tasks_of
from calls.snapshot import CallRef, TaskSnapshot
from calls.vocabulary import JobKind, Source
from tests.builders import NOON
from tests.test_scope import MARKS, THEIRS, limit, limited, make_theirs, marks_in, ours

__all__ = ["limited", "ours"]
ROWS: dict[Any, str] = {
    Call: "",
    CallTask: "",
    Job: "call__",
    Payload: "call__",
    Recording: "call__",
    Tag: "call__",
    Transcript: "call__",
}
SCOPE = {
    "task_scope-TOTAL_FORMS": "0",
    "task_scope-INITIAL_FORMS": "0",
    "task_scope-MIN_NUM_FORMS": "0",
    "task_scope-MAX_NUM_FORMS": "1",
}


def address(model: Any) -> str:
    return f"/admin/calls/{model._meta.model_name}/"


@pytest.mark.parametrize("model", ROWS)
def test_lists_hold_rows_of_ones_own_tasks_only(limited, ours, su, model):
    make_theirs(su)
    # an answer that nobody could read belongs to no call
    Payload.objects.create(
        subject=f"aiccs/{THEIRS}/1/2", operation="x", body="", digest="x", revision=1, received_at=NOON
    )
    Job.objects.ask(JobKind.REFRESH, str(CallRef.aiccs(THEIRS, "1", "2")), asked_by=su)

    page = limited.get(address(model)).content.decode()

    assert marks_in(page) == []
    assert "/change/" in page


@pytest.mark.parametrize("model", ROWS)
def test_a_row_of_another_task_is_not_there(limited, su, model):
    make_theirs(su)
    theirs = model.objects.filter(**{f"{ROWS[model]}task_id": THEIRS}).first()

    for page in ("change/", "delete/", "history/"):
        answer = limited.get(f"{address(model)}{theirs.pk}/{page}", follow=True)
        assert marks_in(answer.content.decode().replace("doesn’t exist", "")) == [] or model is Call, page
        assert answer.redirect_chain or answer.status_code in {403, 404}, page


def test_an_action_reaches_no_row_of_another_task(limited, su):
    theirs = make_theirs(su)
    Job.objects.all().delete()

    chosen = {"action": "refresh_calls", "_selected_action": [theirs.call.pk]}
    limited.post(address(Call), chosen, follow=True)

    assert not Job.objects.exists()


def test_the_choice_of_tasks_offers_ones_own_only(limited, su):
    make_theirs(su)
    query = {"app_label": "calls", "model_name": "taskscope", "field_name": "tasks", "term": ""}

    assert not any(mark in limited.get("/admin/autocomplete/", query).content.decode() for mark in MARKS)


class TestSettingALimit:
    @pytest.fixture
    def task(self, db) -> CallTask:
        return CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季回访"))

    def save(self, client: Client, user: User, **fields: Any) -> Any:
        page = client.get(f"/admin/auth/user/{user.pk}/change/")
        form = page.context["adminform"].form
        shown = {name: form.initial.get(name) for name in form.fields if name != "password"}
        groups = list(user.groups.values_list("pk", flat=True))
        shown |= {"date_joined_0": "2026-11-20", "date_joined_1": "12:00:00", "groups": groups, **SCOPE, **fields}
        kept = {name: value for name, value in shown.items() if value not in (None, False)}
        answer = client.post(f"/admin/auth/user/{user.pk}/change/", kept)
        assert answer.status_code == 302, answer.context["errors"]
        return answer

    def test_the_page_of_an_account_says_what_no_row_means(self, admin_client, rui):
        page = admin_client.get(f"/admin/auth/user/{rui.pk}/change/").content.decode()

        assert "may see the calls of all tasks" in page

    def test_tasks_are_chosen_on_the_page_of_the_account(self, admin_client, rui, task):
        one = {"task_scope-TOTAL_FORMS": "1", "task_scope-0-user": rui.pk, "task_scope-0-tasks": [task.pk]}

        self.save(admin_client, rui, **one)

        assert tasks_of(User.objects.get(pk=rui.pk)) == (("aiccs", "138000"),)

    def test_a_limit_without_a_task_is_kept(self, admin_client, rui):
        self.save(admin_client, rui, **{"task_scope-TOTAL_FORMS": "1", "task_scope-0-user": rui.pk})

        assert tasks_of(User.objects.get(pk=rui.pk)) == ()

    def test_deleting_the_entry_lifts_the_limit(self, admin_client, rui, task):
        limit(rui, "138000")
        one = {"task_scope-TOTAL_FORMS": "1", "task_scope-INITIAL_FORMS": "1", "task_scope-0-user": rui.pk}

        self.save(admin_client, rui, **one, **{"task_scope-0-tasks": [task.pk], "task_scope-0-DELETE": "on"})

        assert not TaskScope.objects.exists()

    def test_who_is_limited_sees_and_lifts_no_limit(self, limited, ada, rui, su):
        make_theirs(su)
        limit(rui, THEIRS)
        one = {"task_scope-TOTAL_FORMS": "1", "task_scope-INITIAL_FORMS": "1", "task_scope-0-user": ada.pk}

        page = limited.get(f"/admin/auth/user/{rui.pk}/change/").content.decode()
        self.save(limited, ada, is_staff="on", is_active="on", **one, **{"task_scope-0-DELETE": "on"})

        assert marks_in(page) == []
        assert "task_scope" not in page
        assert TaskScope.objects.filter(user=ada).exists()

    def test_only_a_superuser_makes_and_changes_superusers(self, admin_client, rui, django_user_model):
        root = django_user_model.objects.create_superuser("root", password="a long enough password")

        self.save(admin_client, rui, is_superuser="on")

        assert not User.objects.get(pk=rui.pk).is_superuser
        assert admin_client.get(f"/admin/auth/user/{root.pk}/password/").status_code == 403
