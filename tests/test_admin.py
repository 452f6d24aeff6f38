from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from calls.models import BulkAction, Call, CallTask, Job, Payload, Recording, Tag, Transcript, search
from calls.models.indexing import unindex_calls
from calls.refresh import ask_refresh
from calls.search.grammar import parse
from calls.snapshot import CallRef, TaskSnapshot, TurnSnapshot
from calls.vocabulary import JobKind, JobState, Source, Speaker
from tests.builders import make_answer, make_call, make_snapshot

pytestmark = pytest.mark.django_db

MODELS = [BulkAction, Call, CallTask, Job, Payload, Recording, Tag, Transcript]
NAMES = [model._meta.model_name or "" for model in MODELS]


@pytest.fixture
def root_client(django_user_model) -> Client:
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("root", password="a long enough password"))
    return client


def make_one_of_each() -> None:
    call = make_call()
    task = CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季课程", raw={"TaskName": "<b>秋季"}))
    Job.objects.ask(JobKind.DISCOVER, "aiccs/138000", call_task=task)
    Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call)
    BulkAction.objects.create(kind=JobKind.BULK_REFRESH, asked_name="su", chosen=[call.pk], expected=1)


def first_of(model: str) -> Any:
    return next(each for each in MODELS if each._meta.model_name == model)._default_manager.first()


def act(client: Client, model: str, action: str, *rows) -> str:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(f"/admin/calls/{model}/", chosen, follow=True).text


def test_every_model_is_registered():
    assert {model for model in MODELS if model not in admin.site._registry} == set()


@pytest.mark.parametrize("model", NAMES)
def test_lists_searches_and_rows_open(root_client, model):
    make_one_of_each()
    row = first_of(model)

    for path in ("", "?q=138", "?q=%00", f"{row.pk}/change/"):
        page = root_client.get(f"/admin/calls/{model}/{path}", follow=True)
        assert page.status_code == 200, path


@pytest.mark.parametrize("model", NAMES)
def test_not_even_the_superuser_writes_what_workers_write(root_client, model):
    make_one_of_each()
    row = first_of(model)

    assert root_client.get(f"/admin/calls/{model}/add/").status_code == 403
    assert root_client.post(f"/admin/calls/{model}/{row.pk}/change/", {"name": "x"}).status_code == 403


def test_an_administrator_sees_everything_and_others_nothing(admin_client, supervisor_client):
    make_one_of_each()

    for model in NAMES:
        assert admin_client.get(f"/admin/calls/{model}/").status_code == 200
        assert supervisor_client.get(f"/admin/calls/{model}/").status_code == 302


def test_deleting_a_call_needs_its_permission_and_takes_its_parts_along(admin_client, ada):
    make_one_of_each()
    call = Call.objects.get()
    delete = f"/admin/calls/call/{call.pk}/delete/"
    clerk = Client()
    clerk.force_login(_clerk("view_call"))

    refused = clerk.post(delete, {"post": "yes"})
    assert (refused.status_code, Call.objects.count()) == (403, 1)
    admin_client.post(delete, {"post": "yes"})

    assert not any(model._default_manager.exists() for model in (Call, Transcript, Tag, Recording, Payload))


@pytest.mark.parametrize("model", ["transcript", "tag", "recording", "payload"])
def test_no_part_of_a_call_is_deleted_without_it(root_client, model):
    make_one_of_each()

    answer = root_client.post(f"/admin/calls/{model}/{first_of(model).pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403


def test_whole_numbers_are_for_those_who_may_see_them(rui):
    make_call(callee="13812345678")
    rui.is_staff = True
    rui.save()
    client = Client()
    client.force_login(rui)

    pages = (
        client.get("/admin/calls/call/").text + client.get(f"/admin/calls/call/{Call.objects.get().pk}/change/").text
    )
    found = client.get("/admin/calls/call/?q=13812345678").text

    assert "13812345678" not in pages
    assert "0 calls" in found or "0 results" in found


@pytest.mark.parametrize("model", NAMES)
def test_a_long_list_asks_the_database_no_more_than_a_short_one(root_client, model, django_assert_max_num_queries):
    for number in range(25):
        call = make_call(detail_id=str(number))
        task = CallTask.objects.absorb(TaskSnapshot(Source.AICCS, str(number)))
        Job.objects.ask(JobKind.DISCOVER, str(number), call_task=task)
        ask_refresh(CallRef.aiccs("1", "1", str(number)), call=call)

    with django_assert_max_num_queries(14):
        root_client.get(f"/admin/calls/{model}/")


def test_a_raw_answer_is_pretty_and_never_markup(root_client):
    answer = make_answer()
    body = json.dumps({"Data": {"said": "<script>alert(1)</script>客户"}})
    call = Call.objects.absorb(answer).call
    Payload.objects.filter(call=call).update(body=body)

    page = root_client.get(f"/admin/calls/payload/{call.payloads.get().pk}/change/").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;客户" in page
    assert "<script>alert" not in page
    assert "\n  &quot;Data&quot;: {" in page


@pytest.mark.parametrize("body", ["no json", "[" * 100_000, "x" * 3_000_000, "\ufffd", "NaN"])
def test_any_raw_answer_can_be_looked_at(root_client, body):
    payload = Payload.objects.create(body=body, received_at=timezone.now(), error="unreadable")

    assert root_client.get(f"/admin/calls/payload/{payload.pk}/change/").status_code == 200


def test_the_link_of_a_recording_is_never_shown(admin_client):
    make_call(recording_url="https://r.aliyuncs.com/a.wav?Signature=SECRET")

    for path in ("recording/", f"recording/{Call.objects.get().pk}/change/", f"call/{Call.objects.get().pk}/change/"):
        assert "SECRET" not in admin_client.get(f"/admin/calls/{path}").text


def test_calls_are_refreshed_from_the_list(admin_client, ada):
    known, nameless = make_call(), make_call(task_id="", batch_id="", detail_id="")

    page = act(admin_client, "call", "refresh_calls", known, nameless)

    job = Job.objects.get()
    assert (job.kind, job.call, job.asked_by) == (JobKind.REFRESH, known, ada)
    assert "1 call queued" in page
    assert "without its ids" in page


def test_fetching_again_asks_for_the_recording_too(admin_client):
    act(admin_client, "call", "fetch_again", make_call(), make_call())

    assert sorted(Job.objects.values_list("kind", flat=True)) == [JobKind.KEEP_RECORDING] * 2 + [JobKind.REFRESH] * 2


def test_indexing_anew_repairs_the_search(admin_client):
    call = make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "我要退款"),))
    unindex_calls([call.pk])

    page = act(admin_client, "call", "reindex", call)

    assert "1 call indexed" in page
    assert search.find(parse("退款")).ids == [call.pk]


@pytest.mark.parametrize("model", ["call", "transcript", "recording"])
def test_the_search_box_asks_the_index(admin_client, model):
    wanted = make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "我要退款"),), call_id="101299^1")
    make_call(turns=(TurnSnapshot(Speaker.AGENT, "我要退款"),), call_id="101300^1")

    for asked in ("customer:退款", "101299^1", "id:101299^1"):
        page = admin_client.get(f"/admin/calls/{model}/", {"q": asked}).text
        assert "1 result" in page
        assert f"/admin/calls/{model}/{wanted.pk}/change/" in page


def test_tasks_are_followed_and_discovered_from_the_list(admin_client, ada):
    task = CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000"))

    act(admin_client, "calltask", "follow", task)
    act(admin_client, "calltask", "discover", task)
    task.refresh_from_db()
    followed_by = task.followed_by
    act(admin_client, "calltask", "unfollow", task)

    task.refresh_from_db()
    assert followed_by == ada
    assert task.followed_at is None
    assert Job.objects.get().kind == JobKind.DISCOVER


def test_jobs_are_retried_and_cancelled_from_the_list(admin_client):
    dead, waiting = (ask_refresh(CallRef.aiccs("1", "1", number)) for number in ("1", "2"))
    Job.objects.filter(pk=dead.pk).update(state=JobState.DEAD, finished_at=timezone.now())

    act(admin_client, "job", "retry", dead)
    act(admin_client, "job", "cancel", waiting)

    assert dict(Job.objects.values_list("pk", "state")) == {
        dead.pk: JobState.PENDING,
        waiting.pk: JobState.CANCELLED,
    }


def test_actions_are_for_those_with_the_permission():
    call = make_call()
    job = ask_refresh(CallRef.aiccs("1", "1", "1"))
    Job.objects.update(state=JobState.DEAD, finished_at=timezone.now())
    client = Client()
    client.force_login(_clerk("view_call", "view_job", "view_calltask"))

    act(client, "call", "refresh_calls", call)
    act(client, "job", "retry", job)

    assert list(Job.objects.values_list("state", flat=True)) == [JobState.DEAD]


def test_rows_lead_to_their_page(admin_client):
    call = make_call()
    task = CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000"))

    assert call.get_absolute_url() in admin_client.get(f"/admin/calls/call/{call.pk}/change/").text
    assert call.get_absolute_url() in admin_client.get(f"/admin/calls/transcript/{call.pk}/change/").text
    assert "/tasks/?q=138000" in admin_client.get(f"/admin/calls/calltask/{task.pk}/change/").text


def test_a_waiting_answer_is_read_again(admin_client):
    snapshot = make_snapshot()
    payload = Payload.objects.create(
        subject="", body='{"Code": "OK", "Data": {}}', received_at=timezone.now(), error="unreadable"
    )

    page = act(admin_client, "payload", "read_again", payload)

    assert snapshot.call_id not in page
    assert Payload.objects.get().error
    assert "0 answers read" in page


def _clerk(*codenames: str) -> User:
    """Somebody with these permissions and no group."""
    user = User.objects.create_user("clerk", password="a long enough password", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user
