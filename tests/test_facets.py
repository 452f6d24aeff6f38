from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from calls.facets import Depth, Facets, Option, counting
from calls.filters import CallFilterForm
from calls.models import search, tallying
from calls.search.filters import Filters
from calls.search.text import normalise
from calls.snapshot import TagSnapshot
from calls.vocabulary import CallResult
from tests.builders import ROOT, make_call
from tests.search import worlds
from tests.stories import a_day_of_calls

HTMX = {"HX-Request": "true"}


def form(query: str) -> CallFilterForm:
    return CallFilterForm(QueryDict(query), reader=ROOT)


def options(facets: Facets, field: str) -> list[Option]:
    facet = next(facet for facet in facets if facet.field == field)
    shown = [*facet.options, *facet.rest]
    return [each for option in shown for each in (option, *option.under, *option.rest)]


def counts(query: str, field: str, depth: Depth = Depth.NEWEST) -> dict[str, int | None]:
    return {option.value: option.count for option in options(Facets(form(query), depth), field)}


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "q=退款&result=answered&tag=情绪%3D是", "q=退&task=138&length=180-"])
@pytest.mark.parametrize("depth", Depth)
def test_the_statements_do_not_grow_with_the_calls(query, depth):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(Facets(form(query), depth))
        return len(queries)

    worlds.make_calls(40)
    few = statements()
    make_more_calls()

    assert statements() == few


def make_more_calls() -> None:
    for number in range(60):
        make_call(task_id=f"99{number}", intent=f"X{number}", tags=(TagSnapshot(f"新{number}", "是"),))


@pytest.mark.django_db
class TestValues:
    def test_the_usual_results_never_vanish(self):
        assert set(counts("", "result")) == {"answered", "no_answer", "busy", "refused"}

    def test_a_chosen_value_stays_even_when_no_call_has_it(self):
        assert counts("intent=Z&task=99", "intent") == {"Z": 0}
        assert counts("intent=Z&task=99", "task") == {"99": 0}
        assert counts("tag=无此", "tag") == {"无此": 0}

    def test_a_value_is_counted_as_if_its_own_field_were_free(self):
        make_call(result=CallResult.BUSY, intent="A")
        make_call(result=CallResult.ANSWERED, intent="A")
        make_call(result=CallResult.ANSWERED, intent="B")

        found = counts("result=busy&intent=A", "result")

        assert (found["busy"], found["answered"]) == (1, 1)
        assert counts("result=busy&intent=A", "intent") == {"A": 1, "B": 0}

    @pytest.mark.parametrize("depth", Depth)
    def test_spellings_that_the_index_takes_for_one_are_one_value(self, depth):
        for intent in ("vip", "VIP", "ＶＩＰ", "VIP"):
            make_call(intent=intent)

        assert counts("", "intent", depth) == {"VIP": 4}

    def test_values_of_one_tag_are_alternatives_and_other_tags_narrow(self):
        make_call(tags=(TagSnapshot("情绪", "好"), TagSnapshot("来店", "是")))
        make_call(tags=(TagSnapshot("情绪", "差"), TagSnapshot("来店", "否")))
        make_call(tags=(TagSnapshot("情绪", "差"), TagSnapshot("来店", "是")))

        found = counts("tag=情绪%3D好", "tag")

        assert (found["情绪=好"], found["情绪=差"], found["情绪"]) == (1, 2, 3)
        assert (found["来店=是"], found.get("来店=否", 0)) == (1, 0)

    def test_a_tag_is_counted_once_a_call_with_its_commonest_values_first(self):
        make_call(tags=(TagSnapshot("情绪", "好"), TagSnapshot("情绪", "好")))
        make_call(tags=(TagSnapshot("情绪", "差"),))
        make_call(tags=(TagSnapshot("情绪", "差"),))

        (tag,) = next(facet for facet in Facets(form(""), Depth.AT_ONCE) if facet.field == "tag").options

        assert (tag.label, tag.count) == ("情绪", 3)
        assert [(option.label, option.count) for option in tag.under] == [("差", 2), ("好", 1)]

    def test_a_result_does_not_vanish_under_a_tick(self):
        make_call(result=CallResult.VOICEMAIL, intent="A")
        make_call(intent="B")

        assert counts("intent=B", "result")["voicemail"] == 0

    def test_an_order_does_not_follow_the_ticks(self):
        for task_id, intent, number in (("1", "A", 3), ("2", "B", 2), ("3", "A", 1)):
            for _call in range(number):
                make_call(task_id=task_id, intent=intent)

        assert list(counts("", "task")) == list(counts("intent=B&task=3", "task")) == ["1", "2", "3"]


@pytest.mark.django_db
class TestExactNumbers:
    def test_values_only_old_calls_have_are_found_as_well(self, monkeypatch):
        make_call(intent="OLD", task_id="7", tags=(TagSnapshot("旧", "是"),))
        for _call in range(3):
            make_call(intent="NEW")
        monkeypatch.setattr(counting, "MOST", 2)
        monkeypatch.setattr(counting, "ORDERED_BY", 2)

        assert counts("", "intent") == {"NEW": 2}
        assert counts("", "intent", Depth.WHOLE) == {"NEW": 3, "OLD": 1}
        assert counts("", "task", Depth.WHOLE)["7"] == 1
        assert counts("", "tag", Depth.WHOLE)["旧=是"] == 1

    def test_what_is_ticked_is_counted_however_rare_it_is(self, monkeypatch):
        make_call(intent="OLD", task_id="7", tags=(TagSnapshot("旧", "是"),))
        for _call in range(3):
            make_call(intent="NEW", task_id="9", tags=(TagSnapshot("新", "是"),))
        for limit in ("MOST_TAGS", "MOST_TASKS", "ORDERED_BY", "MOST"):
            monkeypatch.setattr(counting, limit, 1)
        monkeypatch.setattr(counting, "MOST_READ", 0)

        found = {name: counts("intent=OLD&task=7&tag=旧%3D是", name, Depth.WHOLE) for name in ("intent", "task", "tag")}

        assert found["intent"]["OLD"] == found["task"]["7"] == found["tag"]["旧"] == found["tag"]["旧=是"] == 1

    def test_of_equally_common_values_the_same_ones_are_known_whatever_came_first(self):
        for task_id, intent in (("9", "B"), ("7", "C"), ("8", "A")):
            make_call(task_id=task_id, intent=intent)

        known = tallying.known(2, 2)

        assert (known["task"], known["intent"]) == (["7", "8"], ["C", "A"])

    def test_there_may_be_more_values_than_a_result_has_columns(self):
        make_call(intent="X7")
        trees = [Filters(intents=(f"X{number}",)).tree for number in range(2_500)]

        found = tallying.count_each(trees, Filters().span)

        assert found == [int(number == 7) for number in range(2_500)]

    def test_what_takes_too_long_leaves_the_numbers_of_the_newest_and_says_so(self, monkeypatch, reviewer_client):
        worlds.make_calls(600)
        monkeypatch.setattr(counting, "MOST", 50)
        monkeypatch.setattr(counting, "ORDERED_BY", 50)
        monkeypatch.setattr(counting, "EXACT_SECONDS", 0)
        monkeypatch.setattr("calls.models.deadline.STEPS", 1)

        page = reviewer_client.get("/facets/?q=退").text

        assert "Counting all of them takes too long." in page
        assert "hx-trigger" not in page
        assert re.search(r'facet__count">\d+\+<', page)

    def test_few_calls_are_read_without_a_look_at_all_the_others(self):
        a_day_of_calls(30)

        with CaptureQueriesContext(connection) as queries:
            numbers = Facets(form("q=退款&intent=A"), Depth.WHOLE)

        assert numbers.is_whole
        assert not [each["sql"] for each in queries if "FROM calls_call GROUP BY" in each["sql"]]

    def test_the_newest_calls_are_looked_for_once_when_nothing_is_ticked(self):
        a_day_of_calls(30)
        asked = form("q=您好")

        def looks(ask: Callable[[], object]) -> int:
            with CaptureQueriesContext(connection) as queries:
                ask()
            return sum("calls_searchentry" in each["sql"] for each in queries)

        once = looks(lambda: tallying.newest(asked.query.tree, asked.filters().span, [counting.MOST]))

        assert looks(lambda: Facets(asked, Depth.NEWEST)) == once

    @pytest.mark.parametrize("asked", ["no:1", "dur:1-79999 -dur:5-6999", " OR ".join(f"id:{pk}" for pk in range(99))])
    def test_a_question_that_costs_much_is_not_asked_once_for_every_value(self, asked):
        assert not tallying.is_counted_by_index(form(f"q={asked}").query.tree)
        make_call(callee="13812345671")

        assert counts(f"q={asked}", "intent", Depth.WHOLE) == counts(f"q={asked}", "intent")

    def test_the_list_brings_values_and_its_column_the_newest_numbers_and_then_all(self, reviewer_client, monkeypatch):
        a_day_of_calls(30)
        monkeypatch.setattr(counting, "MOST", 10)

        page = reviewer_client.get("/?result=answered").text
        newest = reviewer_client.get("/facets/?result=answered&counts=newest", headers=HTMX).text

        assert "facet__count" not in page.replace("facet__counted", "")
        assert 'href="/?result=answered&amp;counts=all" hx-get="/facets/?result=answered&amp;counts=newest"' in page
        assert "Numbers with + are of the newest" in newest
        assert re.search(r'facet__count">\d+\+<', newest)
        assert 'href="/?result=answered&amp;counts=all" hx-get="/facets/?result=answered"' in newest

    def test_values_stand_in_one_order_before_and_after_they_are_counted(self, monkeypatch):
        for number, intent in enumerate("BAABCB"):
            make_call(task_id=str(number // 2), intent=intent, tags=(TagSnapshot(f"标签{intent}", "是"),))
        monkeypatch.setattr(counting, "ORDERED_BY", 4)

        found = {depth: Facets(form("q=您好"), depth) for depth in Depth}

        for field in ("intent", "task", "tag", "result"):
            named = [[option.value for option in options(facets, field)] for facets in found.values()]
            assert named[0] == named[1][: len(named[0])] == named[2][: len(named[0])]
        assert all(option.count is None for option in options(found[Depth.AT_ONCE], "intent"))

    def test_few_calls_are_exact_at_once_and_ask_for_nothing_more(self, reviewer_client):
        a_day_of_calls(3)

        page = reviewer_client.get("/").text

        assert "/facets/" not in page
        assert not re.search(r'facet__count">[\d,]+\+<', page)

    def test_the_column_alone_is_a_slice_of_the_page_with_exact_numbers(self, reviewer_client):
        a_day_of_calls(30)

        page = reviewer_client.get("/?result=answered&q=退款&counts=all").text
        part = reviewer_client.get("/facets/?result=answered&q=退款", headers=HTMX).text

        assert part.strip() in page
        assert 'id="facets"' in part
        assert "All matching calls are counted." in part

    def test_somebody_without_a_group_may_not_see_them(self, client, otto):
        client.force_login(otto)

        assert client.get("/facets/").status_code == 403

    @pytest.mark.parametrize(
        "query", ["q=%00", "tag=%00&tag==", f"task={'9' * 3000}", "shortest=-1", "q=" + "退 " * 400]
    )
    def test_bad_input_is_no_failure(self, reviewer_client, query):
        make_call()

        assert reviewer_client.get(f"/facets/?{query}").status_code == 200


@pytest.mark.django_db
class TestRanges:
    def test_a_range_of_seconds_holds_both_its_ends(self):
        for seconds in (59, 60, 61, 90, 91):
            make_call(duration=seconds)

        assert search.count(form("").query, form("shortest=60&longest=90").filters()) == 3

    def test_a_range_stands_beside_the_named_lengths(self):
        for seconds in (5, 45, 100):
            make_call(duration=seconds)

        assert search.count(form("").query, form("length=0-10&shortest=90").filters()) == 2

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("shortest=90&longest=60", "longest"),
            ("turns_from=4&turns_to=3", "turns_to"),
            ("since=2026-11-20&until=2026-11-19", "until"),
        ],
    )
    def test_a_range_the_wrong_way_round_is_named_and_left_out(self, query, field):
        asked = form(f"{query}&intent=A")

        assert asked.chosen == {"intent": ["A"]}
        assert asked.errors[field] == ["The end lies before the beginning. The range was left out."]

    @pytest.mark.parametrize("value", ["-1", "86401", "x", "1.5", "9" * 5000, "\x00"])
    def test_what_is_no_amount_of_seconds_is_said(self, value):
        asked = form("")
        asked.data = QueryDict(mutable=True)
        asked.data["shortest"] = value

        assert asked.errors["shortest"] == ["Write a whole number from 0 to 86400."]
        assert asked.chosen == {}

    def test_a_transcript_is_there_or_not_and_both_ticks_ask_for_nothing(self):
        make_call(detail_id="told")
        make_call(detail_id="silent", turns=())

        def found(query: str) -> int:
            return search.count(form("").query, form(query).filters())

        assert (found("transcript=yes"), found("transcript=no"), found("transcript=yes&transcript=no")) == (1, 1, 2)

    def test_every_condition_is_a_chip_that_takes_it_away(self):
        asked = form("shortest=0&longest=90&turns_from=1&turns_to=12&transcript=no")

        assert [chip.label for chip in asked.chips({})] == [
            "0 s and more",
            "Up to 90 s",
            "Without transcript",
            "1 turn and more",
            "Up to 12 turns",
        ]
        assert [chip.url for chip in form("when=today&q=退款").chips({})] == ["/?q=%E9%80%80%E6%AC%BE"]
        assert form("when=today&q=退款").url_without("q") == "/?when=today"


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [Depth.NEWEST, Depth.WHOLE])
def test_a_call_counts_once_for_a_tag_that_it_has_in_two_spellings(depth):
    tags = ("客户", "VIP"), ("客户", "ｖｉｐ"), ("Ｎ", "x"), ("n", "y")
    make_call(tags=tuple(TagSnapshot(*tag) for tag in tags))

    facets = Facets(CallFilterForm(QueryDict(""), reader=ROOT), depth)

    offered = {option.label: option for facet in facets if facet.field == "tag" for option in facet.options}
    assert {normalise(label): option.count for label, option in offered.items()} == {"客户": 1, "n": 1}
    assert [value.count for option in offered.values() for value in option.under] == [1, 1, 1]
