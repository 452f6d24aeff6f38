"""Whoever is limited to some tasks meets nothing of the others: no page, no sound, no file, no number of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls import exporting, importing, slices, urls
from calls.exporting import AVAILABLE
from calls.models import BulkAction, Call, CallTask, Job, Recording, SavedView, TaskScope, search
from calls.models.scope import task_words_of, tasks_of
from calls.refresh import ask_bulk_refresh, bulk
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.selection import Selection
from calls.snapshot import CallRef, TagSnapshot, TaskSnapshot, TurnSnapshot
from calls.vocabulary import ExportFormat, JobKind, JobState, RecordingState, Source, Speaker
from tests.builders import make_call, make_snapshot
from tests.sounds import make_wav, store_sound

OURS, THEIRS = "138000", "555999"
# what only calls of the other task have
MARKS = (THEIRS, "外人任务", "外人标签", "外人意向", "绝密", "99997777", "fremd")
SOUND = make_wav(1)
SAMPLE = Path(__file__).parent / "fixtures" / "aliyun" / "aiccs-sample.json"

# Every address is about one thing, shows or changes many, or is about no call.
ONE = {
    "call_view": "get",
    "same_number": "get",
    "call_refresh": "post",
    "recording_view": "get",
    "call_ask_recording": "post",
    "turn_start_set": "post",
    "turn_start_forget": "post",
    "payload_view": "get",
    "payload_compare": "get",
    "task_row": "get",
    "task_follow": "post",
    "task_discover": "post",
    "bulk_view": "get",
    "bulk_cancel": "post",
    "bulk_retry": "post",
    "export_file": "get",
    "recording_retry": "post",
    "recording_unpurge": "post",
    "job_retry": "post",
    "job_cancel": "post",
}
MANY = {
    "call_list": ("/", "/?q=绝密", "/?counts=all", "/?total=all", "/?sort=longest", f"/?task={THEIRS}&q=task:外人"),
    "call_facets": ("/facets/", "/facets/?result=answered", f"/facets/?task={THEIRS}"),
    "call_news": ("/new/?newest=0",),
    "view_list": ("/views/",),
    "view_new": (f"/views/new/?task={THEIRS}&result=answered",),
    "view_counts": ("/views/counts/",),
    "task_list": ("/tasks/", "/tasks/?q=外人"),
    "task_updating": ("/tasks/updating/",),
    "bulk_list": ("/bulk/",),
    "recordings_at_risk": ("/recordings/at-risk/?show=risk", "/recordings/at-risk/?show=lost"),
    "recordings_purge": ("/recordings/purge/?{calls}",),
    "activity": tuple(f"/activity/?routine=1&show={tab}" for tab in ("trouble", "running", "queued", "closed")),
}
CHANGES_MANY = {
    "bulk_refresh",
    "bulk_export",
    "retry_all",
    "recordings_retry_all",
    "add_by_ids",
    "add_calls",
    "add_calls_plan",
    "add_calls_confirm",
    "add_calls_done",
}
ABOUT_NO_CALL = {"columns", "keys", "keys_switch", "listening_keep", "task_update"} | {
    f"view_{verb}" for verb in ("open", "change", "update", "default", "move", "delete")
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A call with all that belongs to it, and what somebody asked for about it."""

    call: Call
    job: Job
    action: BulkAction

    def address(self, name: str) -> str:
        [pattern] = [one for one in urls.urlpatterns if one.name == name]
        pks = {"job": self.job.pk, "bulk": self.action.pk, "export": self.action.pk, "task": self.call.call_task_id}
        values = {"pk": pks.get(name.split("_")[0], self.call.pk), "revision": 2}
        return reverse(name, kwargs={key: values[key] for key in pattern.pattern.converters})


def make_thing(task_id: str, asker: User, **changes: Any) -> Thing:
    snapshot = make_snapshot(task_id=task_id, **changes)
    call = make_call_twice(snapshot)
    store_sound(call, SOUND, seconds=1)
    job = Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call, asked_by=asker)
    return Thing(call, job, make_export(asker, (call.pk,)))


def make_call_twice(snapshot: Any) -> Call:
    """With two answers, of which the second one says something else."""
    told = {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
    make_call(**told | {"duration": None})
    return make_call(**told)


def make_export(asker: User, chosen: tuple[int, ...] | None, columns: list[str] | None = None) -> BulkAction:
    """Written by a worker."""
    action = exporting.ask_export(
        Selection("", chosen, reader=asker),
        count=0 if chosen is None else len(chosen),
        format=ExportFormat.CSV,
        columns=columns or list(AVAILABLE),
        wants_numbers=False,
        asked_by=asker,
    )
    run(action)
    return action


def run(action: BulkAction) -> Job:
    work: dict[str, Callable[[Job], None]] = {JobKind.EXPORT: exporting.write, JobKind.BULK_REFRESH: slices.carry_out}
    job = Job.objects.claim(Job.objects.get(bulk=action, kind=action.kind).pk)
    assert job is not None
    work[job.kind](job)
    action.refresh_from_db()
    job.refresh_from_db()
    return job


def make_theirs(asker: User, detail_id: str = "1") -> Thing:
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, THEIRS, name="外人任务"))
    return make_thing(
        THEIRS,
        asker,
        detail_id=detail_id,
        call_id=f"fremd-{detail_id}",
        callee="13899997777",
        intent="外人意向",
        tags=(TagSnapshot("外人标签", "外人标签"),),
        turns=(TurnSnapshot(Speaker.CUSTOMER, "绝密退款"),),
    )


def limit(user: User, *tasks: str) -> User:
    """The account as the next request reads it."""
    scope, _created = TaskScope.objects.get_or_create(user=user)
    scope.tasks.set(CallTask.objects.filter(task_id__in=tasks))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def ours(ada: User) -> Thing:
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, OURS, name="秋季回访"))
    return make_thing(OURS, ada)


@pytest.fixture
def limited(ada: User, ours: Thing) -> Client:
    """An administrator, so that nothing but the limit stands in the way."""
    client = Client()
    client.force_login(limit(ada, OURS))
    # as if it had been written under this limit
    BulkAction.objects.update(within=[f"aiccs/{OURS}"])
    return client


def marks_in(text: str) -> list[str]:
    return [text[max(at.start() - 60, 0) : at.end() + 20] for at in re.finditer("|".join(MARKS), text)]


def content(response: HttpResponse) -> str:
    if response.streaming:
        return b"".join(response).decode("utf-8-sig", "replace")
    return response.content.decode()


def test_every_address_has_a_place_here():
    assert {pattern.name for pattern in urls.urlpatterns} == ONE.keys() | MANY.keys() | CHANGES_MANY | ABOUT_NO_CALL


class TestOneThing:
    @pytest.mark.parametrize("name", ONE)
    def test_of_another_task_is_not_there(self, limited, su, name):
        theirs = make_theirs(su)

        answer = getattr(limited, ONE[name])(theirs.address(name), {"turn": "1", "at": "0"})

        assert answer.status_code == 404
        assert marks_in(content(answer)) == []

    @pytest.mark.parametrize("name", ONE)
    def test_of_ones_own_task_is_there(self, limited, ours, name):
        answer = getattr(limited, ONE[name])(ours.address(name), {"turn": "1", "at": "0"})

        assert answer.status_code in {200, 302, 422}
        content(answer)

    def test_a_part_of_a_page_is_not_there_either(self, limited, su):
        theirs = make_theirs(su)

        for part in ("freshness", "summary", "transcript", "panel", "player", "wave"):
            answer = limited.get(theirs.address("call_view"), headers={"HX-Request": "true", "HX-Target": part})
            assert answer.status_code == 404

    def test_nothing_was_asked_for_nor_changed(self, limited, su):
        theirs = make_theirs(su)
        before = list(Job.objects.order_by("pk").values_list("pk", "state", "asked_by"))

        for name in ONE:
            getattr(limited, ONE[name])(theirs.address(name), {"turn": "1", "at": "0"})

        assert list(Job.objects.order_by("pk").values_list("pk", "state", "asked_by")) == before
        assert CallTask.objects.get(task_id=THEIRS).followed_at is None


class TestMany:
    def pages(self, client: Client, calls: list[int]) -> dict[str, str]:
        """Every page without what changes by itself: tokens, and the seconds of the clock."""
        found = {}
        for addresses in MANY.values():
            for address in addresses:
                address = address.format(calls="&".join(f"call={pk}" for pk in calls))
                headers = {"HX-Request": "true"} if address == "/views/counts/" else {}
                answer = client.get(address, headers=headers)
                assert answer.status_code == 200, address
                text = re.sub(r'csrfmiddlewaretoken" value="\w+"|CSRFToken": "\w+"', "", answer.content.decode())
                found[address] = re.sub(r"\d\d:\d\d:\d\d(\.\d+)?|just now|\d+ s ago", "", text)
        return found

    def make_trouble(self, thing: Thing, user: User) -> None:
        """What the lists of trouble show: dead jobs, links that die, lost recordings; of a call nobody has seen too."""
        soon = timezone.now() + timedelta(hours=1)
        Job.objects.filter(pk=thing.job.pk).update(state=JobState.DEAD, last_message="no")
        Recording.objects.filter(call=thing.call).update(state=RecordingState.WAITING, link_expires_at=soon, file="")
        unseen = CallRef.aiccs(thing.call.task_id, "1", f"unseen-{thing.call.pk}")
        Job.objects.ask(JobKind.REFRESH, str(unseen), asked_by=user)
        Job.objects.ask(JobKind.DISCOVER, str(thing.call.call_task), call_task=thing.call.call_task)

    def test_pages_are_the_same_as_if_other_tasks_did_not_exist(self, limited, ours, ada, su):
        self.make_trouble(ours, su)
        for name, query in (("All", ""), ("Refunds", "q=退款"), ("Theirs", f"task={THEIRS}")):
            SavedView.objects.create(owner=ada, name=name, query=query)
        theirs = [10_001, 10_002, 10_003]
        before = self.pages(limited, [ours.call.pk, *theirs])

        for number in theirs:
            self.make_trouble(make_theirs(su, str(number)), su)
        cache.clear()
        after = self.pages(limited, [ours.call.pk, *Call.objects.filter(task_id=THEIRS).values_list("pk", flat=True)])

        strip = re.compile(r"call=\d+(&amp;|&|)")
        assert len(after) == len(before)
        for (_address, one), (address, other) in zip(before.items(), after.items(), strict=True):
            assert strip.sub("", other) == strip.sub("", one), address

    def test_of_no_task_there_is_nothing(self, limited, ours, ada):
        limit(ada)

        page = limited.get("/?counts=all").content.decode()

        assert ours.call.get_absolute_url() not in page
        assert limited.get(ours.call.get_absolute_url()).status_code == 404
        assert "秋季回访" not in page + limited.get("/tasks/").content.decode()

    def test_a_view_counts_for_whoever_looks(self, limited, ours, ada, su):
        make_theirs(su)
        view = SavedView.objects.create(owner=ada, name="Refunds", query="q=退款")

        mine = limited.get("/views/counts/", headers={"HX-Request": "true"}).content.decode()
        TaskScope.objects.all().delete()
        everybodys = limited.get("/views/counts/", headers={"HX-Request": "true"}).content.decode()

        assert re.search(rf"view-{view.pk}[^>]*>\s*1\s*<|>1<", mine)
        assert ">2<" in everybodys.replace(" ", "").replace("\n", "")

    def test_the_limit_is_read_once_a_request(self, limited, ours):
        for address in ("/", "/activity/", "/tasks/", ours.call.get_absolute_url()):
            with CaptureQueriesContext(connection) as queries:
                limited.get(address)

            assert sum("calls_taskscope" in query["sql"] for query in queries) == 1, address


class TestActions:
    def test_a_bulk_refresh_means_ones_own_calls(self, limited, ours, su, monkeypatch):
        theirs = make_theirs(su)
        Job.objects.all().delete()

        for means in ({"everything": "1"}, {"chosen": f"{ours.call.pk},{theirs.call.pk}"}):
            limited.post("/bulk/refresh/", {"question": "", **means})

        assert set(Job.objects.filter(kind=JobKind.REFRESH).values_list("call", flat=True)) == {ours.call.pk}
        assert [action.expected for action in BulkAction.objects.filter(kind=JobKind.BULK_REFRESH)] == [1, 1]

    def test_ticking_only_calls_of_others_ticks_none(self, limited, su):
        theirs = make_theirs(su)

        answer = limited.post("/bulk/refresh/", {"question": "", "chosen": str(theirs.call.pk)}, follow=True)

        assert "No call matches any more" in answer.content.decode()

    def test_a_worker_acts_with_the_limits_of_its_moment(self, ours, ada, su, monkeypatch):
        monkeypatch.setattr(bulk, "AT_ONCE", 0)
        theirs = make_theirs(su)
        Job.objects.all().delete()
        refresh = ask_bulk_refresh(Selection(reader=ada), count=2, asked_by=ada)
        export = exporting.ask_export(
            Selection("", (ours.call.pk, theirs.call.pk), reader=ada),
            count=2,
            format=ExportFormat.CSV,
            columns=list(AVAILABLE),
            wants_numbers=True,
            asked_by=ada,
        )

        reader = limit(ada, OURS)
        run(refresh)
        run(export)

        assert [job.call for job in Job.objects.filter(kind=JobKind.REFRESH)] == [ours.call]
        assert export.affected == 1
        with exporting.open_file(export) as file:
            text = file.read().decode("utf-8-sig")
        assert marks_in(text) == [] and OURS in text
        assert export.may_be_read_by(reader)

    def test_nobody_is_asked_for_somebody_who_left(self, ours, su, monkeypatch):
        monkeypatch.setattr(bulk, "AT_ONCE", 0)
        Job.objects.all().delete()
        action = ask_bulk_refresh(Selection(reader=su), count=1, asked_by=su)
        su.delete()

        job = run(action)

        assert job.state == JobState.FAILED
        assert "may not refresh calls any more" in job.last_message
        assert not Job.objects.filter(kind=JobKind.REFRESH).exists()

    def test_a_file_from_before_the_limit_is_not_there_any_more(self, ours, ada, su, client):
        make_theirs(su)
        action = make_export(ada, None)
        client.force_login(ada)
        assert "绝密" in content(client.get(f"/bulk/{action.pk}/file"))

        limit(ada, OURS)

        assert client.get(f"/bulk/{action.pk}/file").status_code == 404
        assert f"/bulk/{action.pk}/file" not in client.get(f"/bulk/{action.pk}/").content.decode()

    def test_a_file_from_a_narrower_limit_is_still_there(self, limited, ours, ada):
        action = make_export(limit(ada, OURS), None)

        limit(ada, OURS, THEIRS)

        assert OURS in content(limited.get(f"/bulk/{action.pk}/file"))

    def test_nobody_else_is_shown_what_others_asked_for(self, limited, su):
        theirs = make_theirs(su)

        assert limited.get(f"/bulk/{theirs.action.pk}/").status_code == 404
        assert "su" not in re.findall(r"asked_by|>su<", limited.get("/bulk/").content.decode())

    def test_trying_everything_again_leaves_others_alone(self, limited, ours, su):
        theirs = make_theirs(su)
        Job.objects.update(state=JobState.DEAD)
        Recording.objects.update(
            state=RecordingState.WAITING, link_expires_at=timezone.now() + timedelta(hours=1), file=""
        )

        limited.post("/activity/retry/")
        limited.post("/recordings/at-risk/retry", {"show": "risk"})

        assert Job.objects.get(pk=theirs.job.pk).state == JobState.DEAD
        assert Job.objects.get(pk=ours.job.pk).state == JobState.PENDING
        asked = Job.objects.filter(kind=JobKind.KEEP_RECORDING, asked_by__username="ada")
        assert [job.call for job in asked] == [ours.call]

    def test_purging_passes_over_calls_of_others(self, limited, ours, su):
        theirs = make_theirs(su)

        fields = {"call": [ours.call.pk, theirs.call.pk], "reason": "asked to"}
        limited.post("/recordings/purge/", fields)

        states = dict(Recording.objects.values_list("call", "state"))
        assert states == {ours.call.pk: RecordingState.PURGED, theirs.call.pk: RecordingState.STORED}


class TestAdding:
    def test_a_file_can_add_to_ones_own_tasks_only(self, limited, su):
        theirs = make_theirs(su)
        lines = f"task_id,batch_id,detail_id\n{OURS},139,1\n{THEIRS},139000,{theirs.call.detail_id}\n{THEIRS},139,2\n"

        page = limited.post("/add/", {"text": lines}, follow=True).content.decode()

        # known or not is nobody's business here
        assert page.count("You may not see the calls of this task") == 2
        assert "Will be refreshed" not in page

    def test_a_saved_answer_of_another_task_is_left_out(self, ada, ours):
        permitted = tasks_of(limit(ada, OURS))
        [row] = importing.read_plan(SAMPLE.read_bytes(), permitted=permitted).rows

        assert row.verdict == importing.Verdict.WRONG

    def test_ids_of_another_task_are_refused_beside_their_field(self, limited, su):
        make_theirs(su)
        fields = {"agent-task_id": THEIRS, "agent-batch_id": "139000", "agent-detail_id": "1"}
        count = Job.objects.count()

        page = limited.post("/add/ids/aiccs/", fields)

        assert "You may not see the calls of this task" in page.content.decode()
        assert Job.objects.count() == count

    def test_ids_of_ones_own_task_are_asked_for(self, limited):
        fields = {"agent-task_id": OURS, "agent-batch_id": "139000", "agent-detail_id": "77"}

        assert limited.post("/add/ids/aiccs/", fields).status_code == 302


class TestLimits:
    def test_without_a_row_there_is_none(self, rui):
        assert tasks_of(rui) is None

    def test_a_row_without_tasks_permits_nothing(self, rui, ours):
        reader = limit(rui)

        assert tasks_of(reader) == ()
        assert not Call.objects.seen_by(reader).exists()
        assert search.count(filters=Filters(within=task_words_of(reader))) == 0

    def test_a_superuser_has_no_limit(self, ours, ada):
        User.objects.filter(pk=ada.pk).update(is_superuser=True)

        assert tasks_of(limit(ada)) is None

    def test_nobody_sees_nothing(self, ours):
        assert not Call.objects.seen_by(None).exists()
        assert Selection(reader=None).count() == 0

    def test_a_task_of_the_other_source_with_the_same_id_is_another(self, rui, ours):
        CallTask.objects.absorb(TaskSnapshot(Source.ROBOT, OURS, name="Robot"))
        make_call(source=Source.ROBOT, task_id=OURS, batch_id="", detail_id="")
        scope = TaskScope.objects.create(user=rui)
        scope.tasks.set(CallTask.objects.filter(source=Source.ROBOT))

        found = search.find(filters=Filters(within=task_words_of(User.objects.get(pk=rui.pk)))).ids

        assert [Call.objects.get(pk=pk).source for pk in found] == [Source.ROBOT]

    def test_thousands_of_tasks_are_one_filter(self, rui, ours):
        CallTask.objects.bulk_create(CallTask(source=Source.AICCS, task_id=f"t{number}") for number in range(3_000))
        scope = TaskScope.objects.create(user=rui)
        scope.tasks.set(CallTask.objects.all())
        reader = User.objects.get(pk=rui.pk)
        within = Filters(within=task_words_of(reader))

        assert search.find(parse("退款"), within).ids == [ours.call.pk]
        assert search.count(filters=within) == 1
        assert Call.objects.seen_by(reader).count() == 1
        assert Job.objects.seen_by(reader).filter(call=ours.call).exists()
