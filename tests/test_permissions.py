"""Who may do what, address by address; and that whoever may not see phone numbers meets none, wherever they look."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls import exporting, urls
from calls.columns import COLUMNS
from calls.exporting import AVAILABLE
from calls.models import BulkAction, Call, CallTask, Job, ListPreference, Recording, SavedView
from calls.selection import Selection
from calls.snapshot import CallRef, TagSnapshot, TaskSnapshot, TurnSnapshot, VariableSnapshot
from calls.vocabulary import ExportFormat, JobKind, JobState, RecordingState, Source, Speaker, TransferResult
from tests.builders import make_call
from tests.test_columns import EVERY

REVIEWER, SUPERVISOR, ADMINISTRATOR = "rui", "su", "ada"
UP_TO = {REVIEWER: {"rui", "su", "ada"}, SUPERVISOR: {"su", "ada"}, ADMINISTRATOR: {"ada"}}
# address -> method, the least who may; what is about a thing is asked about one's own
ROUTES = {
    "call_list": ("get", REVIEWER),
    "call_facets": ("get", REVIEWER),
    "columns": ("get", REVIEWER),
    "call_news": ("get", REVIEWER),
    "keys": ("get", REVIEWER),
    "keys_switch": ("post", REVIEWER),
    "listening_keep": ("post", REVIEWER),
    "view_list": ("get", REVIEWER),
    "view_new": ("get", REVIEWER),
    "view_counts": ("get", REVIEWER),
    "view_open": ("get", REVIEWER),
    "view_change": ("get", REVIEWER),
    "view_update": ("post", REVIEWER),
    "view_default": ("post", REVIEWER),
    "view_move": ("post", REVIEWER),
    "view_delete": ("post", REVIEWER),
    "call_view": ("get", REVIEWER),
    "same_number": ("get", REVIEWER),
    "call_refresh": ("post", REVIEWER),
    "recording_view": ("get", REVIEWER),
    "call_ask_recording": ("post", REVIEWER),
    "turn_start_set": ("post", REVIEWER),
    "turn_start_forget": ("post", REVIEWER),
    "payload_view": ("get", SUPERVISOR),
    "payload_compare": ("get", REVIEWER),
    "task_list": ("get", SUPERVISOR),
    "task_update": ("post", SUPERVISOR),
    "task_updating": ("get", SUPERVISOR),
    "task_row": ("get", SUPERVISOR),
    "task_follow": ("post", SUPERVISOR),
    "task_discover": ("post", SUPERVISOR),
    "bulk_list": ("get", REVIEWER),
    "bulk_refresh": ("post", REVIEWER),
    "bulk_export": ("post", SUPERVISOR),
    "bulk_view": ("get", REVIEWER),
    "bulk_cancel": ("post", REVIEWER),
    "bulk_retry": ("post", REVIEWER),
    "export_file": ("get", SUPERVISOR),
    "add_calls": ("get", SUPERVISOR),
    "add_by_ids": ("post", SUPERVISOR),
    "add_calls_plan": ("get", SUPERVISOR),
    "add_calls_confirm": ("post", SUPERVISOR),
    "add_calls_done": ("get", SUPERVISOR),
    "recordings_at_risk": ("get", SUPERVISOR),
    "recordings_retry_all": ("post", SUPERVISOR),
    "recording_retry": ("post", SUPERVISOR),
    "recordings_purge": ("get", ADMINISTRATOR),
    "recording_unpurge": ("post", ADMINISTRATOR),
    "activity": ("get", SUPERVISOR),
    "retry_all": ("post", SUPERVISOR),
    "job_retry": ("post", SUPERVISOR),
    "job_cancel": ("post", SUPERVISOR),
}
PRIVATE = ("view_open", "view_change", "view_update", "view_default", "view_move", "view_delete", "export_file")
NUMBERS = ("13800005678", "057188996676", "13900001111", "13700002222")


@dataclass(frozen=True, slots=True)
class World:
    """One of everything; the view and the bulk action belong to somebody."""

    call: Call
    job: Job
    view: SavedView
    action: BulkAction

    def answer(self, client: Client, name: str) -> HttpResponse:
        """What this address says; whatever it did is undone."""
        with transaction.atomic():
            method, fields = ROUTES[name][0], {"call": str(self.call.pk), "question": "", "query": ""}
            response: HttpResponse = getattr(client, method)(self._address(name), fields)
            if response.streaming:
                response.getvalue()  # read to its end, the file is closed
            transaction.set_rollback(True)
        answer: HttpResponse = response
        return answer

    def _address(self, name: str) -> str:
        keys = {"view": self.view.pk, "bulk": self.action.pk, "export": self.action.pk, "job": self.job.pk}
        [pattern] = [one for one in urls.urlpatterns if one.name == name]
        values = {"pk": keys.get(name.split("_")[0], self.call.pk), "revision": 1, "token": "abc", "source": "aiccs"}
        if name.startswith("task"):
            values["pk"] = self.call.call_task_id
        return reverse(name, kwargs={key: values[key] for key in pattern.pattern.converters})


def make_world(owner: User) -> World:
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季回访"))
    call = make_call(task_id="138000")
    job = Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call)
    action = exporting.ask_export(
        Selection("", (call.pk,), reader=owner),
        count=1,
        format=ExportFormat.CSV,
        columns=["time"],
        wants_numbers=False,
        asked_by=owner,
    )
    (exporting.shelf.folder() / "a.csv").write_text("Time")
    BulkAction.objects.filter(pk=action.pk).update(file="a.csv", finished_at=timezone.now())
    return World(call, job, SavedView.objects.create(owner=owner, name="Keen", query="intent=A"), action)


def is_refused(response: HttpResponse) -> bool:
    return response.status_code == 403 or response.headers.get("Location", "").startswith("/login/")


def test_every_address_has_a_place_in_the_matrix():
    assert {pattern.name for pattern in urls.urlpatterns} == ROUTES.keys()


@pytest.mark.parametrize("member", ["rui", "su", "ada"])
def test_a_member_may_what_their_group_may_and_nothing_else(request, client, member):
    user = request.getfixturevalue(member)
    world = make_world(user)
    client.force_login(user)

    opened = {name for name in ROUTES if not is_refused(world.answer(client, name))}

    assert opened == {name for name, (_method, least) in ROUTES.items() if member in UP_TO[least]}


def test_a_stranger_is_sent_to_sign_in_everywhere(client, su):
    world = make_world(su)

    answers = {name: world.answer(client, name) for name in ROUTES}

    assert {
        name for name, answer in answers.items() if not answer.headers.get("Location", "").startswith("/login/")
    } == set()


def test_an_account_without_a_group_may_nothing(client, su, otto):
    world = make_world(su)
    client.force_login(otto)

    assert {name for name in ROUTES if world.answer(client, name).status_code != 403} == set()


@pytest.mark.parametrize("member", ["rui", "ada"])
def test_private_views_and_files_of_others_are_not_there(request, client, su, member):
    world = make_world(su)
    client.force_login(request.getfixturevalue(member))
    expected = {name: 403 if name == "export_file" and member == "rui" else 404 for name in PRIVATE}

    assert {name: world.answer(client, name).status_code for name in PRIVATE} == expected


def test_what_others_asked_to_have_done_is_not_there_for_a_reviewer(reviewer_client, su):
    world = make_world(su)

    for name in ("bulk_view", "bulk_cancel", "bulk_retry"):
        assert world.answer(reviewer_client, name).status_code == 404


# ---- Phone numbers


@pytest.fixture
def mia(db: None) -> User:
    """Everything but phone numbers and raw answers, which hold them."""
    user = User.objects.create_user("mia")
    kept = Permission.objects.filter(content_type__app_label="calls")
    user.user_permissions.set(kept.exclude(codename__in=["view_numbers", "view_payload"]))
    return user


def make_calls_full_of_numbers() -> list[Call]:
    """Of both sources; a robot's call is named after its customer's number."""
    whole = ", ".join(NUMBERS[:3])
    full: dict[str, Any] = {
        "caller": NUMBERS[1],
        "callee": NUMBERS[0],
        "transfer_number": NUMBERS[2],
        "transfer_result": TransferResult.TRANSFERRED,
        "failure_reason": f"called {whole}",
        "status_code": NUMBERS[0],
        "status_text": whole,
        "out_id": NUMBERS[0],
        "intent": NUMBERS[0],
        "tags": (TagSnapshot("电话", NUMBERS[0]), TagSnapshot(NUMBERS[1], "")),
        "variables": (VariableSnapshot("phone", "电话", whole),),
        "turns": tuple(TurnSnapshot(Speaker.CUSTOMER, f"退款 {number}") for number in NUMBERS[:3]),
    }
    robot = {"source": Source.ROBOT, "task_id": "1045001", "call_id": "1", "batch_id": "", "detail_id": ""}
    return [make_call(**full), make_call(**{**full, **robot})]


def make_work_full_of_numbers(calls: list[Call], user: User) -> None:
    for call in calls:
        job = Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call, asked_by=user)
        Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, last_message=f"{NUMBERS[0]} is unknown")
        soon = timezone.now() + timedelta(hours=1)
        state = {"state": RecordingState.WAITING, "link_expires_at": soon, "link": "http://127.0.0.1/a.wav"}
        Recording.objects.filter(call=call).update(**state, reason=f"{NUMBERS[0]} was not recorded")
    # nobody has seen this one yet: there is no call to name it by
    unseen = CallRef(Source.ROBOT, "1045001", callee=NUMBERS[3], query_date=1_562_297_550_000)
    job = Job.objects.ask(JobKind.REFRESH, str(unseen), asked_by=user)
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD)


def written(action: BulkAction) -> None:
    job = Job.objects.claim(Job.objects.get(bulk=action).pk)
    assert job is not None
    exporting.write(job)


def whole_numbers_in(text: str) -> list[str]:
    """Each with what stands around it."""
    return [text[max(at.start() - 60, 0) : at.end() + 20] for at in re.finditer("|".join(NUMBERS), text)]


def test_no_page_shows_a_whole_number_to_those_who_may_not_see_it(client, mia):
    calls = make_calls_full_of_numbers()
    make_work_full_of_numbers(calls, mia)
    ListPreference.keep(mia, columns=EVERY)
    client.force_login(mia)
    export = client.post("/bulk/export/", {"question": "", "everything": "1"})
    action = client.post("/bulk/refresh/", {"question": "", "everything": "1"})

    pages = {"/bulk/export/": export.text}
    ids = [f"call={call.pk}" for call in calls]
    for address in (
        "/",
        "/?q=退款",
        "/?counts=all",
        "/facets/",
        "/columns/",
        "/keys/",
        "/views/",
        "/bulk/",
        action.url,
        "/activity/",
        *(f"/activity/?show={tab}&routine=1" for tab in ("trouble", "running", "queued", "closed")),
        *(f"/calls/{call.pk}/same-number" for call in calls),
        "/recordings/at-risk/?show=risk",
        "/recordings/at-risk/?show=lost",
        f"/recordings/purge/?{'&'.join(ids)}",
        "/tasks/",
        "/add/",
        *(f"/calls/{call.pk}/" for call in calls),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        pages[address] = answer.text

    found = {address: around for address, page in pages.items() if (around := whole_numbers_in(page))}
    assert found == {}
    assert "138****5678" in pages["/"] and "138****5678" in pages["/activity/"]


@pytest.mark.parametrize(
    "spoken",
    [
        "138 0000 5678",
        "138-0000-5678",
        "１３８００００５６７８",
        "一三八零零零零五六七八",
        "幺三八，零零零零，五六七八",
    ],
)
def test_a_number_is_masked_however_it_is_said(client, mia, spoken):
    call = make_call(callee=NUMBERS[0], turns=(TurnSnapshot(Speaker.CUSTOMER, f"我的号码是{spoken}，谢谢"),))
    client.force_login(mia)

    page = client.get(f"/calls/{call.pk}/").text

    assert "我的号码是138****5678，谢谢" in page
    assert spoken not in page


@pytest.mark.parametrize("format", ExportFormat.values)
def test_no_file_holds_a_whole_number_for_those_who_may_not_see_it(client, mia, format):
    make_calls_full_of_numbers()
    action = exporting.ask_export(
        Selection(reader=mia),
        count=2,
        format=ExportFormat(format),
        columns=list(AVAILABLE),
        wants_numbers=True,
        asked_by=mia,
    )
    written(action)
    client.force_login(mia)

    content = b"".join(client.get(f"/bulk/{action.pk}/file").streaming_content)

    if format == ExportFormat.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    else:
        text = content.decode("utf-8-sig")
    assert whole_numbers_in(text) == []
    assert len(re.findall(r"138\*\*\*\*5678", text)) > len(COLUMNS) / 4


def test_a_worker_logs_no_number(caplog, su):
    caplog.set_level("DEBUG")
    calls = make_calls_full_of_numbers()
    for call in calls:
        Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call, asked_by=su)
    action = exporting.ask_export(
        Selection(reader=su),
        count=2,
        format=ExportFormat.CSV,
        columns=list(AVAILABLE),
        wants_numbers=True,
        asked_by=su,
    )

    written(action)

    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert whole_numbers_in("\n".join(logged)) == []
