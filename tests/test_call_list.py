from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.facets import counting
from calls.filters import CallFilterForm
from calls.http import PAGE_SIZE
from calls.models import Call, SavedView, search
from calls.search import sorting
from calls.search.grammar import parse
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.views.list_answer import total_of
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


def test_a_tag_and_its_values_tell_how_many_calls_carry_them(reviewer_client):
    for _number in range(2):
        make_call(tags=(TagSnapshot("有房"), TagSnapshot("满意度", "一般")))

    page = reviewer_client.get("/").text

    counts = re.findall(r'title="([^"]+)">[^<]+</span>\s*<span class="facet__count">(\d+)', page)
    assert {("有房", "2"), ("满意度", "2"), ("一般", "2")} <= set(counts)


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
        assert [pk for page in seen for pk in page] == list(
            Call.objects.order_by("-position").values_list("pk", flat=True)
        )

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


class TestStatements:
    """As many as the kind of question needs, whatever the cache holds."""

    def statements(self, client, address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        assert rows(page.text)
        return len(queries)

    @pytest.mark.parametrize(
        ("query", "on_postgresql"),
        [
            # Six of them know the reader, their keys and their tasks, two what waits for them, one whether the index
            # is whole, one the team's labels, one what reviewers found; PostgreSQL asks once more wherever it looks for
            # words in windows of time, and two begin and end what has a deadline.
            ("", 21),
            ("sort=oldest&when=month", 21),
            ("q=退款", 24),
            ("q=退", 24),
            ("q=-投诉&total=all", 24),
            ("q=退款 OR 谢谢 -再见 tag:加微信 dur:>5", 24),
            ("q=退款&result=answered", 24),
            ("sort=oldest&length=60-180&hung=customer&tag=加微信", 23),
        ],
    )
    def test_their_number_is_the_same_for_few_and_many_calls(self, reviewer_client, monkeypatch, query, on_postgresql):
        # Few enough to be counted with the list, and more than that.
        monkeypatch.setattr(counting, "ORDERED_BY", PAGE_SIZE)
        a_day_of_calls(6)
        few = self.statements(reviewer_client, f"/?{query}")
        a_day_of_calls(3 * PAGE_SIZE)
        many = self.statements(reviewer_client, f"/?{query}")
        older = link(reviewer_client.get(f"/?{query}").text, "older")

        assert few == many == (19 if connection.vendor == "sqlite" else on_postgresql)
        assert not older or self.statements(reviewer_client, older) == few

    @pytest.mark.parametrize("asked", ["", "q=退&", "q=退款 dur:>5&result=answered&"])
    @pytest.mark.parametrize("sort", search.ORDERS)
    def test_the_longest_walk_through_values_has_an_end(self, reviewer_client, monkeypatch, asked, sort):
        # Every step that a walk can have at all, with a hundredth of the calls that it takes otherwise.
        for name, calls in {"FIRST_RANGE": 10, "MOST_COUNTED_OFF": 640, "FEW": -1}.items():
            monkeypatch.setattr(sorting, name, calls)
        a_day_of_calls(2 * PAGE_SIZE)
        address = f"/?{asked}sort={sort.value}"
        counted = []

        while address:
            counted.append(self.statements(reviewer_client, address))
            address = link(reviewer_client.get(address).text, "older")

        assert max(counted) <= (29 if connection.vendor == "sqlite" else 39)


class TestHits:
    def test_opening_a_row_leads_to_its_first_hit_and_a_hit_to_its_turn(self, reviewer_client):
        call = make_call(turns=[TurnSnapshot(Speaker.CUSTOMER, text) for text in ("喂", "退款", "谢谢", "退款")])

        page = reviewer_client.get("/", {"q": "谢谢 退款"}).text

        assert f'class="call-row__open" href="/calls/{call.pk}/?q={quote("谢谢")}+{quote("退款")}#turn-2"' in page
        assert [int(turn) for turn in re.findall(r'class="hit [^>]*#turn-(\d+)"', page)] == [2, 3, 4]

    def test_a_question_that_nobody_could_say_leads_to_the_plain_page_of_the_call(self, reviewer_client):
        call = make_call()

        assert f'href="/calls/{call.pk}/" data-row-open' in reviewer_client.get("/", {"q": "dur:>1 tag:客户情绪"}).text

    def test_rows_do_not_repeat_what_a_long_search_says_twice(self, reviewer_client):
        for _number in range(PAGE_SIZE):
            make_call()

        page = reviewer_client.get("/", {"q": "客户:一下 -投诉 " + "退款 " * 2_000}).text

        assert len(rows(page)) == PAGE_SIZE
        assert re.search(rf'\?q={quote("客户")}%3A{quote("一下")}\+{quote("退款")}#turn-2" data-row-open', page)
        assert len(page) < 800_000

    def test_only_the_asked_speaker_and_nothing_excluded_is_shown(self, reviewer_client):
        make_call(turns=(TurnSnapshot(Speaker.AGENT, "退款吗"), TurnSnapshot(Speaker.CUSTOMER, "要退款，谢谢")))

        page = reviewer_client.get("/", {"q": "客户:退款 -投诉"}).text

        assert re.findall(r"<mark>(.*?)</mark>", page) == ["退款"]
        assert "hit--agent" not in page

    def test_a_number_is_masked_even_where_it_was_searched_for(self, reviewer_client):
        make_call(callee="13812345678", turns=(TurnSnapshot(Speaker.CUSTOMER, "打到13812345678退款"),))

        for asked in ("13812345678", "5678退款", "到138"):
            page = reviewer_client.get("/", {"q": asked}).text

            assert "138****5678" in re.sub("</?mark>", "", page)
            assert "12345678" not in re.sub('</?mark>|value="[^"]*"|(href|hx-get)="[^"]*"|<b lang[^/]*/b>', "", page)

    def test_long_calls_and_long_turns_are_listed_and_opened(self, reviewer_client):
        many = make_call(turns=[TurnSnapshot(Speaker.CUSTOMER, f"第{number}次说退款") for number in range(2_000)])
        make_call(turns=(TurnSnapshot(Speaker.AGENT, "退款，" * 20_000),))

        page = reviewer_client.get("/", {"q": "退款"}).text

        assert "1,997 more turns" in page
        assert len(page) < 200_000
        assert reviewer_client.get(many.get_absolute_url(), {"q": "退款"}).text.count("<mark>") == 2_000


class TestOneCall:
    @pytest.fixture
    def call(self, db) -> Call:
        make_call(batch_id="555001")
        return make_call(
            call_id="1012993847281^10198273645", detail_id="966999", batch_id="555001", out_id="订单-2026-1"
        )

    @pytest.mark.parametrize(
        "asked", ["1012993847281^10198273645", "id:966999", "966999", "９６６９９９", "id:订单-2026-1", " id:966999 "]
    )
    def test_an_id_of_one_call_opens_it(self, reviewer_client, call, asked):
        answer = reviewer_client.get("/", {"q": asked})
        part = reviewer_client.get("/", {"q": asked}, headers=HTMX)

        assert (answer.status_code, answer.headers["Location"]) == (302, call.get_absolute_url())
        assert part.headers["HX-Redirect"] == call.get_absolute_url()

    @pytest.mark.parametrize("query", ["q=555001", "q=id:555001", "q=id:966999&result=answered", "q=-id:555", "q=退款"])
    def test_anything_else_stays_a_list(self, reviewer_client, call, query):
        assert reviewer_client.get(f"/?{query}").status_code == 200

    def test_digits_that_somebody_said_stay_a_list(self, reviewer_client):
        make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "单号是87654321"),))

        assert "<mark>87654321</mark>" in reviewer_client.get("/", {"q": "87654321"}).text


class TestTotal:
    @pytest.fixture
    def page(self, reviewer_client, monkeypatch) -> str:
        monkeypatch.setattr("calls.models.search.COUNTED", 3)
        a_day_of_calls(5)
        return str(reviewer_client.get("/?sort=oldest").text)

    def test_past_the_cap_the_rest_is_counted_on_demand(self, reviewer_client, page):
        link = re.search(r'<a class="link" href="([^"]+)" hx-get="\1" hx-target="#total"', page)

        assert ">3+ calls<" in page
        assert link and link[1] == "/?sort=oldest&amp;total=all"
        assert ">5 calls<" in reviewer_client.get("/?sort=oldest&total=all").text

    def test_htmx_gets_the_total_alone_as_the_page_has_it(self, reviewer_client, page):
        part = reviewer_client.get("/?total=all", headers={**HTMX, "HX-Target": "total"})

        assert part.text.strip().startswith("<span") and ">5 calls<" in part.text
        assert part.text.strip() in reviewer_client.get("/?total=all").text
        assert "HX-Push-Url" not in part.headers
        assert "HX-Target" in part.headers["Vary"]


class TestOrder:
    @pytest.mark.parametrize("order", search.Sort)
    def test_every_order_lists_what_the_search_gives(self, reviewer_client, order):
        a_day_of_calls(8)

        page = reviewer_client.get("/", {"sort": order.value, "q": "退款"}).text

        assert rows(page) == search.find(parse("退款"), sort=order).ids

    def test_a_heading_tells_its_direction_and_turns_it_round(self, reviewer_client):
        make_call()

        def heading(query: str, name: str) -> tuple[str, str]:
            page = reviewer_client.get(f"/{query}").text
            found = re.search(rf'aria-sort="(\w+)"><a [^>]*href="([^"]+)"[^>]*>{name}<', page)
            assert found
            return found[1], found[2]

        assert heading("", "Time") == ("descending", "/?sort=oldest")
        assert heading("?sort=oldest", "Time") == ("ascending", "/")
        assert heading("?sort=oldest", "Length") == ("none", "/?sort=longest")
        assert heading("?sort=longest", "Length") == ("descending", "/?sort=shortest")
        assert heading("?sort=shortest", "Time") == ("none", "/")

    def test_days_are_headings_only_in_the_order_of_time(self, reviewer_client):
        make_call()

        assert "call-list__day" in reviewer_client.get("/?sort=oldest").text
        assert "call-list__day" not in reviewer_client.get("/?sort=longest").text
        assert re.search(r">\d\d-\d\d \d\d:\d\d</time>", reviewer_client.get("/?sort=longest").text)


BAD = [
    "长" * 10_000,
    "a" * 10_000,
    " ".join(f"词{number}" for number in range(200)),
    " OR ".join(f"词{number}" for number in range(300)),
    '"' * 5_000,
    "。，！？…—",
    "!@#$%^&*()_+",
    '"退款',
    "🙂👩‍👩‍👧",
    "退款\x00到账",
    "' OR 1=1 --",
    "NEAR(退款 到账) AND NOT * ^ : {customer} col:x",
    "退款 & | ! <-> :* 'a':B",
    "dur:>99999999999999999999 turns:-1 no:x id: has:x reviewed:maybe OR - OR",
    "-" * 3_000,
    "退款 OR" * 500,
]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", BAD)
def test_whatever_is_typed_gets_a_page_with_a_sentence(reviewer_client, asked):
    make_call()

    for headers in ({}, HTMX):
        page = reviewer_client.get("/", {"q": asked}, headers=headers)

        assert page.status_code == 200
        assert 'id="reading"' in page.text
        # The head of the page repeats it a dozen times, the rows do not.
        assert len(page.text) < 800_000


def test_what_was_not_understood_is_said_beside_what_was_found(reviewer_client):
    call = make_call()

    page = reviewer_client.get("/", {"q": "退款 dur:long <b>:x"}).text

    assert "“dur:long” needs a number: for example dur:&gt;60." in page
    assert rows(reviewer_client.get("/", {"q": "退款 dur:long"}).text) == [call.pk]


def test_a_condition_that_was_left_out_is_named_above_the_rows(reviewer_client):
    call = make_call()

    page = reviewer_client.get("/?sort=height&since=yesterday&result=answered&result=loud").text

    assert rows(page) == [call.pk]
    for sentence in (
        "Order: There is no such choice. It was left out.",
        "From: Write the day as 2026-11-20.",
        "Result: There is no such choice. It was left out.",
    ):
        assert f"<span>{sentence}</span>" in page


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


class TestNews:
    """Calls that came since the list was opened."""

    def place(self, page: str) -> str:
        found = re.search(r'id="news"[^>]* hx-get="([^"]*)"', page)
        return unescape(found[1]) if found else ""

    def test_new_calls_that_match_are_counted(self, reviewer_client):
        make_call(intent="A")
        place = self.place(reviewer_client.get("/?intent=A").text)
        assert reviewer_client.get(place).status_code == 204

        for intent in "ABA":
            make_call(intent=intent)

        news = reviewer_client.get(place).text
        assert ">2 new</a>" in re.sub(r"<svg.*?</svg>", "", news)
        assert 'href="/?intent=A"' in news
        assert self.place(news) == place

    def test_an_empty_list_has_news_too(self, reviewer_client):
        place = self.place(reviewer_client.get("/?intent=A").text)
        make_call(intent="A")

        assert "1 new" in reviewer_client.get(place).text

    def test_a_hundred_are_not_counted(self, reviewer_client):
        place = self.place(reviewer_client.get("/").text)
        a_day_of_calls(100)

        assert "99+ new" in reviewer_client.get(place).text

    def test_only_the_beginning_of_the_newest_first_has_them(self, reviewer_client):
        a_day_of_calls(PAGE_SIZE + 1)
        older = link(reviewer_client.get("/").text, "older")

        assert self.place(reviewer_client.get(older).text) == ""
        assert self.place(reviewer_client.get("/?sort=longest").text) == ""

    @pytest.mark.parametrize("query", ["", "newest=", "newest=abc", "newest=1.2", "newest=0&sort=longest", "newest=-1"])
    def test_a_place_that_is_none_has_no_news(self, reviewer_client, query):
        make_call()

        assert reviewer_client.get(f"/new/?{query}").status_code == 204

    def test_the_pill_keeps_the_view(self, reviewer_client, rui):
        view = SavedView.objects.create(owner=rui, name="Keen", query="intent=A")
        place = self.place(reviewer_client.get(view.get_absolute_url()).text)
        make_call(intent="A")

        assert f'href="/?intent=A&amp;view={view.pk}"' in reviewer_client.get(place).text


class TestDeadline:
    """What takes too long gives a sentence and a way on, never an error."""

    @pytest.fixture
    def no_time(self, monkeypatch) -> None:
        monkeypatch.setattr("calls.views.list_answer.SECONDS", 0)
        monkeypatch.setattr("calls.models.deadline.STEPS", 1)

    @pytest.mark.usefixtures("no_time")
    def test_a_question_that_takes_too_long_says_so_and_can_be_waited_for(self, reviewer_client):
        a_day_of_calls(3 * PAGE_SIZE)

        page = reviewer_client.get("/?q=退&sort=longest").text
        [waiting] = set(re.findall(r'href="([^"]*wait=yes[^"]*)"', page))
        waited = reviewer_client.get(unescape(waiting)).text

        assert "This search takes longer than a second" in page
        assert "None yet" not in page
        assert 'href="/?q=%E9%80%80"' in page, "the way to the same calls by time"
        assert not rows(page)
        assert len(rows(waited)) == PAGE_SIZE
        assert "This search takes" not in waited
        assert "wait=yes" in link(waited, "older")

    def test_a_question_that_takes_too_long_even_then_is_not_offered_again(self, reviewer_client, no_time, monkeypatch):
        monkeypatch.setattr("calls.views.list_answer.SECONDS_WAITED", 0)
        a_day_of_calls(3)

        page = reviewer_client.get("/?q=退&wait=yes")

        assert page.status_code == 200
        assert "This search takes too long" in page.text
        assert "Search on" not in page.text

    def test_an_exact_number_that_takes_too_long_is_given_up(self, reviewer_client, no_time, monkeypatch):
        monkeypatch.setattr("calls.views.list_answer.SECONDS_WAITED", 0)
        a_day_of_calls(3)

        total = reviewer_client.get("/?q=退&total=all", headers={"HX-Request": "true", "HX-Target": "total"})

        assert "Counting them all takes too long." in total.text
        assert "hx-get" not in total.text

    def test_a_filter_column_that_takes_too_long_says_so_and_does_not_ask_again(
        self, reviewer_client, no_time, monkeypatch
    ):
        monkeypatch.setattr("calls.views.call_facets.SECONDS_WAITED", 0)
        a_day_of_calls(3)

        column = reviewer_client.get("/facets/?q=退")

        assert column.status_code == 200
        assert "Counting them all takes too long." in column.text
        assert "hx-trigger" not in column.text

    def test_rows_that_nobody_could_count_in_time_are_told_as_that_many_and_more(self):
        total = total_of(CallFilterForm({"q": "退"}, reader=None), None, is_exact=False, shown=PAGE_SIZE)

        assert total["total_text"] == f"{PAGE_SIZE}+"
        assert total["count_all_url"] == "/?q=%E9%80%80&total=all"
