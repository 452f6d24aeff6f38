from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from calls.columns import COLUMNS, DEFAULT, columns_named, columns_of, fetch_for
from calls.models import Call, ListPreference, SavedView
from calls.numbers import Numbers
from calls.snapshot import TagSnapshot, VariableSnapshot
from calls.vocabulary import TransferResult
from tests.builders import make_call
from tests.stories import a_call_worth_hearing, a_day_of_calls

HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
EVERY = list(COLUMNS)


def heads(page: str) -> list[str]:
    head = page.partition('class="call-list__head"')[2].partition("</li>")[0]
    return re.findall(r'class="cell cell--(\w+)', head)


def cells(page: str) -> list[str]:
    """Names of the cells of the first row."""
    row = page.partition('class="call-row__cells"')[2].partition("</div>")[0]
    return re.findall(r'class="cell cell--(\w+)', row)


def choose(client, names: list[str], **more: str):
    order = [*names, *(name for name in COLUMNS if name not in names)]
    return client.post("/columns/", {"order": order, "column": names, **more})


def names_of(user, query: str = "") -> list[str]:
    return [column.name for column in columns_of(user, QueryDict(query))]


def test_somebody_who_chose_nothing_sees_the_usual_columns(reviewer_client, rui):
    make_call()

    page = reviewer_client.get("/").text

    assert heads(page) == cells(page) == list(DEFAULT) == names_of(rui)


@pytest.mark.parametrize(("sort", "shown"), [("most-turns", "turns"), ("lowest-score", "review"), ("oldest", "time")])
def test_a_list_shows_what_it_is_sorted_by(supervisor_client, su, sort, shown):
    make_call()
    choose(supervisor_client, ["time", "number"])

    page = supervisor_client.get("/", {"sort": sort}).text

    assert heads(page) == cells(page) == list(dict.fromkeys(["time", "number", shown]))
    assert names_of(su) == ["time", "number"]


def test_chosen_columns_stand_in_the_chosen_order_and_are_remembered(reviewer_client, supervisor_client, rui):
    make_call()

    answer = choose(reviewer_client, ["result", "time", "turns"], query="intent=B")

    assert answer.url == "/?intent=B"
    assert heads(reviewer_client.get("/").text) == ["result", "time", "turns"]
    assert cells(reviewer_client.get("/").text) == ["result", "time", "turns"]
    assert heads(supervisor_client.get("/").text) == list(DEFAULT)


def test_the_time_stays_since_it_opens_the_call(reviewer_client, rui):
    call = make_call()
    order = ["number", "time", *(name for name in COLUMNS if name not in {"number", "time"})]

    reviewer_client.post("/columns/", {"order": order, "column": ["number"]})

    assert names_of(rui) == ["number", "time"]
    assert call.get_absolute_url() in reviewer_client.get("/").text


def test_usual_columns_come_back(reviewer_client, rui):
    choose(reviewer_client, ["time", "turns"])

    choose(reviewer_client, ["time", "turns"], reset="yes")

    assert names_of(rui) == list(DEFAULT)


def test_moving_a_column_shows_the_new_order_and_saves_nothing_yet(reviewer_client, rui):
    answer = choose(reviewer_client, ["time", "number", "task"], up="task")

    assert re.findall(r'name="order" value="(\w+)"', answer.text)[:4] == ["time", "task", "number", "result"]
    assert answer.text.count(" checked") == 3
    assert not ListPreference.objects.exists()


@pytest.mark.parametrize("move", [{"up": "time"}, {"down": "checked_at"}, {"up": "no such"}, {"down": ""}])
def test_a_move_that_leads_nowhere_changes_nothing(reviewer_client, move):
    answer = choose(reviewer_client, list(DEFAULT), **move)

    assert answer.status_code == 200
    assert re.findall(r'name="order" value="(\w+)"', answer.text) == list(COLUMNS)


@pytest.mark.parametrize("names", [[], ["no such", "\x00"], ["time" * 1000]])
def test_columns_nobody_knows_are_left_out(reviewer_client, rui, names):
    answer = reviewer_client.post("/columns/", {"order": names, "column": names})

    assert answer.status_code == 302
    assert set(names_of(rui)) <= set(COLUMNS)
    assert reviewer_client.get("/").status_code == 200


def test_a_column_that_is_gone_is_left_out(rui):
    ListPreference.keep(rui, columns=["task", "score of old", "task"])

    assert names_of(rui) == ["time", "task"]
    assert [column.name for column in columns_named(["score of old"])] == list(DEFAULT)


def test_a_view_may_bring_its_columns(reviewer_client, rui):
    make_call()
    ListPreference.keep(rui, columns=["time", "task"])
    view = SavedView.objects.create(owner=rui, name="Turns", columns=["time", "turns"])

    assert names_of(rui, f"view={view.pk}") == ["time", "turns"]
    assert heads(reviewer_client.get(f"/?view={view.pk}").text) == ["time", "turns"]
    assert heads(reviewer_client.get("/").text) == ["time", "task"]


def test_columns_chosen_in_such_a_view_are_kept_with_it(reviewer_client, rui):
    view = SavedView.objects.create(owner=rui, name="Turns", columns=["time", "turns"])

    choose(reviewer_client, ["time", "result"], query=f"view={view.pk}")

    assert SavedView.objects.get().columns == ["time", "result"]
    assert names_of(rui) == list(DEFAULT)


def test_columns_chosen_in_a_colleagues_view_are_ones_own(reviewer_client, rui, su):
    view = SavedView.objects.create(owner=su, name="Turns", columns=["time", "turns"], group=rui.groups.get())

    assert "shows in every other list" in reviewer_client.get(f"/columns/?view={view.pk}").text
    choose(reviewer_client, ["time", "result"], query=f"view={view.pk}")

    assert SavedView.objects.get().columns == ["time", "turns"]
    assert names_of(rui) == ["time", "result"]
    assert names_of(rui, f"view={view.pk}") == ["time", "turns"]


def test_the_dialog_is_a_slice_of_the_page(reviewer_client):
    page = reviewer_client.get("/columns/?intent=A")
    part = reviewer_client.get("/columns/?intent=A", headers=HTMX)

    assert TOKEN.sub("", part.text).strip() in TOKEN.sub("", page.text)
    assert "<html" not in part.text
    assert 'id="ask"' in part.text


def test_somebody_without_a_group_chooses_no_columns(client, otto):
    client.force_login(otto)

    assert client.get("/columns/").status_code == 403
    assert choose(client, ["time"]).status_code == 403


def test_every_column_shows_something_safe(reviewer_client, rui):
    evil = "<script>alert(1)</script>"
    make_call(
        intent=evil,
        failure_reason=evil,
        status_code=evil[:30],
        out_id=evil,
        call_id=evil,
        batch_id=evil,
        tags=(TagSnapshot(evil, evil),),
        variables=(VariableSnapshot("key", evil, evil),),
    )
    a_day_of_calls(6)
    ListPreference.keep(rui, columns=EVERY)

    page = reviewer_client.get("/").text

    assert evil not in page
    assert heads(page) == cells(page) == EVERY


def test_no_column_shows_a_whole_number_to_those_who_may_not_see_it(reviewer_client, rui):
    make_call(
        caller="057188996676",
        callee="13812345678",
        transfer_number="13900001111",
        failure_reason="called 13812345678",
        status_code="13812345678",
        transfer_result=TransferResult.TRANSFERRED,
        variables=(VariableSnapshot("phone", "", "13812345678"),),
    )
    ListPreference.keep(rui, columns=EVERY)

    page = reviewer_client.get("/").text

    assert not re.search("13812345678|13900001111|057188996676", page)


def test_values_are_typed_for_an_export(db):
    call = a_call_worth_hearing(make_call().placed_at)
    call = fetch_for(Call.objects.filter(pk=call.pk), COLUMNS.values()).get()
    seen = {name: column.value(call, Numbers([], may_see=True, is_shown=True)) for name, column in COLUMNS.items()}

    assert isinstance(seen["time"], datetime) and isinstance(seen["checked_at"], datetime)
    assert (seen["length"], seen["turns"]) == (42, 6)
    assert seen["number"] == "13800005678"
    assert seen["variables"] == "姓名: 张女士; 顾问: 小悦; 课程: 秋季口语课; 剩余课时: 8"
    assert "客户情绪: 不满" in str(seen["tags"])
    assert str(seen["status"]).startswith("200005 ")
    assert seen["transfer"] == ""


def test_a_call_without_parts_has_empty_cells(db):
    call = fetch_for(Call.objects.filter(pk=make_call(turns=(), tags=(), hung_up_by=None).pk), COLUMNS.values()).get()

    seen = {name: column.value(call, Numbers([], may_see=False, is_shown=False)) for name, column in COLUMNS.items()}

    assert seen["hung_up_by"] == seen["tags"] == seen["robot"] == seen["variables"] == ""
    assert seen["turns"] in (0, None)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_reads_only_what_was_fetched_for_it(db, name):
    a_day_of_calls(4)
    column = COLUMNS[name]
    numbers = Numbers([], may_see=True, is_shown=False)
    calls = list(fetch_for(Call.objects.all(), [COLUMNS["time"], column]))

    with CaptureQueriesContext(connection) as queries:
        for call in calls:
            column.value(call, numbers)

    assert len(queries) == 0


def test_what_no_column_shows_is_not_fetched(db):
    make_call()

    with CaptureQueriesContext(connection) as queries:
        list(fetch_for(Call.objects.all(), columns_named(["time", "number"])))

    statement = queries[0]["sql"]
    assert len(queries) == 1
    assert not re.search("calls_transcript|calls_recording|calls_calltask|variables|counters", statement)


def test_counting_turns_does_not_fetch_what_was_said(db):
    make_call()

    with CaptureQueriesContext(connection) as queries:
        list(fetch_for(Call.objects.all(), [COLUMNS["turns"]]))
    with CaptureQueriesContext(connection) as with_turns:
        list(fetch_for(Call.objects.all(), [COLUMNS["turns"]], with_turns=True))

    assert "search_text" not in queries[0]["sql"]
    assert '"turns"' not in queries[0]["sql"]
    assert '"turns"' in with_turns[0]["sql"]


def test_every_column_has_a_name_of_its_own_and_a_label():
    assert len({str(column.label) for column in COLUMNS.values()}) == len(COLUMNS)
    assert all(replace(column).name == name for name, column in COLUMNS.items())
    assert set(DEFAULT) <= set(COLUMNS)
