from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.http import PAGE_SIZE
from calls.models import Call
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import Speaker
from tests.builders import NOON, make_call
from tests.stories import a_day_of_calls

HTMX = {"HX-Request": "true"}


def rows(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'class="call-row__open" href="/calls/(\d+)/', page)]


def link(page: str, name: str) -> str:
    """The address behind the pager's link of this name, "" when it leads nowhere."""
    match = re.search(rf'id="{name}" href="([^"]+)"', page)
    return match[1].replace("&amp;", "&") if match else ""


def test_calls_stand_newest_first_under_their_day(reviewer_client):
    older = make_call(started_at=NOON - timedelta(days=1))
    newer = make_call(started_at=NOON)

    page = reviewer_client.get("/").text

    assert rows(page) == [newer.pk, older.pk]
    assert page.count('class="call-list__day"') == 2


def test_a_word_at_the_end_of_a_long_turn_is_in_view(reviewer_client):
    make_call(turns=(TurnSnapshot(Speaker.AGENT, "这一句很长" * 20 + "方便加一下微信吗？"),))

    page = reviewer_client.get("/", {"q": "微信"}).text

    assert re.search(r'class="hit__text"[^>]*>…(.{14})<mark>微信</mark>吗？<', page)


def test_a_tag_without_values_tells_how_many_calls_carry_it(reviewer_client):
    for _number in range(2):
        make_call(tags=(TagSnapshot("有房"), TagSnapshot("满意度", "一般")))

    page = reviewer_client.get("/").text

    counts = re.findall(r'title="([^"]+)">[^<]+</span>\s*<span class="facet__count">(\d+)', page)
    assert ("有房", "2") in counts and ("一般", "2") in counts
    assert "满意度" not in dict(counts)


def test_a_day_begins_at_local_midnight(reviewer_client, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    make_call(started_at=datetime(2026, 11, 19, 16, 30, tzinfo=UTC))

    page = reviewer_client.get("/").text

    assert "20 Nov 2026" in page
    assert ">00:30:00</time>" in page


def test_a_row_shows_what_one_looks_for(reviewer_client):
    make_call(callee="13812345678", duration=86, intent="B", tags=(TagSnapshot("客户情绪", "不满"),))

    page = reviewer_client.get("/").text

    for words in ("138****5678", "Answered", "1:26", 'title="Intent B"', "客户情绪 <b>不满</b>", "138000"):
        assert words in page


def test_a_whole_number_is_only_for_those_who_may_see_it(reviewer_client, supervisor_client):
    make_call(callee="13812345678", turns=(TurnSnapshot(Speaker.CUSTOMER, "我的退款打到13812345678"),))

    assert "13812345678" not in reviewer_client.get("/", {"q": "退款"}).text
    assert "13812345678" in supervisor_client.get("/", {"q": "退款"}).text


def test_a_search_shows_up_to_three_turns_and_leads_to_each(reviewer_client):
    turns = [TurnSnapshot(Speaker.CUSTOMER, f"第{number}次说退款<b>") for number in range(5)]
    call = make_call(turns=(TurnSnapshot(Speaker.AGENT, "您好"), *turns))

    page = reviewer_client.get("/", {"q": "退款"}).text

    assert page.count('class="hit hit--customer"') == 3
    assert f'href="/calls/{call.pk}/?q={quote("退款")}#turn-2"' in page
    assert "第0次说<mark>退款</mark>&lt;b&gt;" in page
    assert "2 more turns" in page


def test_htmx_gets_a_slice_of_the_very_same_page(reviewer_client):
    a_day_of_calls(5)

    page = reviewer_client.get("/", {"result": "answered"})
    part = reviewer_client.get("/", {"result": "answered"}, headers=HTMX)

    assert part.text.strip() in page.text
    assert "<html" not in part.text
    assert 'id="results"' in part.text
    assert 'id="facets"' in part.text


def test_the_answer_to_htmx_names_its_own_clean_address(reviewer_client):
    part = reviewer_client.get("/?when=&q=&result=busy&since=&tag=a%3Db&result=nope2&utm=1", headers=HTMX)

    assert part.headers["HX-Push-Url"] == "/?tag=a%3Db"
    assert "HX-Request" in part.headers["Vary"]
    assert "HX-Push-Url" not in reviewer_client.get("/").headers


def test_a_restored_history_entry_gets_the_whole_page(reviewer_client):
    page = reviewer_client.get("/", headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert "<html" in page.text


class TestPaging:
    @pytest.fixture
    def calls(self, db) -> list[Call]:
        # Three calls share each instant: a page must neither repeat nor skip the one beside its edge.
        return [make_call(started_at=NOON - timedelta(minutes=number // 3)) for number in range(2 * PAGE_SIZE + 7)]

    def test_older_and_newer_walk_through_every_call_once(self, reviewer_client, calls):
        pages = [reviewer_client.get("/").text]
        while older := link(pages[-1], "older"):
            pages.append(reviewer_client.get(older).text)

        seen = [rows(page) for page in pages]
        assert [len(page) for page in seen] == [PAGE_SIZE, PAGE_SIZE, 7]
        assert [pk for page in seen for pk in page] == list(Call.objects.newest_first().values_list("pk", flat=True))

        back = reviewer_client.get(link(pages[2], "newer")).text
        assert rows(back) == seen[1]
        assert rows(reviewer_client.get(link(back, "newer")).text) == seen[0]

    def test_the_first_page_has_no_newer_one_and_the_last_no_older_one(self, reviewer_client, calls):
        first = reviewer_client.get("/").text
        last = reviewer_client.get(link(reviewer_client.get(link(first, "older")).text, "older")).text

        assert link(first, "newer") == ""
        assert link(last, "older") == ""

    def test_newer_calls_fill_the_first_page_when_less_than_a_page_is_newer(self, reviewer_client, calls):
        older = reviewer_client.get(link(reviewer_client.get("/").text, "older")).text
        Call.objects.filter(pk__in=rows(reviewer_client.get("/").text)[:10]).delete()

        assert len(rows(reviewer_client.get(link(older, "newer")).text)) == PAGE_SIZE

    def test_the_pager_keeps_the_filter(self, reviewer_client, calls):
        assert link(reviewer_client.get("/?result=answered").text, "older").startswith("/?result=answered&after=")

    @pytest.mark.parametrize(
        "cursor", ["x", "%00", "é", "MQ", "MDAwMS0wMS0wMSAx", "9" * 5000, "OTk5OS0xMi0zMVQyMzo1OSAx"]
    )
    def test_a_broken_cursor_shows_the_first_page(self, reviewer_client, calls, cursor):
        for name in ("after", "before"):
            page = reviewer_client.get(f"/?{name}={cursor}")

            assert page.status_code == 200
            assert len(rows(page.text)) == PAGE_SIZE


def test_the_number_of_statements_does_not_grow_with_the_number_of_calls(reviewer_client):
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert reviewer_client.get("/", {"q": "退款", "result": "answered"}).status_code == 200
        return len(queries)

    a_day_of_calls(3)
    few = statements()
    a_day_of_calls(40)

    assert statements() == few
    assert few <= 13


def test_an_empty_cache_says_how_calls_come(reviewer_client):
    assert "No calls yet" in reviewer_client.get("/").text


def test_when_nothing_matches_the_page_says_what_stands_in_the_way(reviewer_client):
    make_call(intent="B")

    page = reviewer_client.get("/?intent=A&result=answered").text

    assert "No call matches all of this" in page
    assert "Without <b>Intent A</b> there is 1." in page


def test_a_bad_value_is_said_and_the_rest_still_applies(reviewer_client):
    wanted = make_call(intent="A")
    make_call(intent="B")

    page = reviewer_client.get("/?since=99999-01-01&intent=A").text

    assert "Write the day as 2026-11-20." in page
    assert rows(page) == [wanted.pk]


def test_somebody_without_a_group_may_not_see_calls(client, otto):
    client.force_login(otto)

    page = client.get("/")

    assert page.status_code == 403
    assert "You may not see this" in page.text


def test_a_search_says_nothing_of_calls_whose_transcript_is_missing(reviewer_client):
    make_call(turns=())

    assert rows(reviewer_client.get("/?q=退款").text) == []


def test_a_call_whose_start_nobody_knows_is_marked_as_a_guess(reviewer_client):
    make_call(started_at=None, answered_at=None, ended_at=None)

    assert "≈" in reviewer_client.get("/").text
