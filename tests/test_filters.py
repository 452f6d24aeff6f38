from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from calls.facets import Facets
from calls.filters import CallFilterForm, tag_key, tag_of
from calls.models import Call, Recording
from calls.snapshot import TagSnapshot
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source
from tests.builders import make_call


def form(query: str) -> CallFilterForm:
    return CallFilterForm(QueryDict(query))


def found(query: str) -> set[str]:
    return {call.detail_id for call in form(query).narrow(Call.objects.all())}


def at(*when: int) -> datetime:
    return timezone.make_aware(datetime(*when))  # type: ignore[arg-type]


@pytest.mark.django_db
class TestNarrowing:
    def test_no_condition_finds_every_call(self):
        make_call(detail_id="1")
        make_call(detail_id="2")

        assert found("") == {"1", "2"}

    @pytest.mark.parametrize(
        ("query", "columns"),
        [
            ("result=busy", {"result": CallResult.BUSY}),
            ("result=busy&result=refused", {"result": CallResult.REFUSED}),
            ("intent=A", {"intent": "A"}),
            ("task=777", {"task_id": "777"}),
            ("hung=agent", {"hung_up_by": HungUpBy.AGENT}),
            ("source=robot", {"source": Source.ROBOT}),
            ("length=180-", {"duration": 180}),
            ("length=0-10&length=180-", {"duration": 9}),
            ("tag=加微信=是", {"tags": (TagSnapshot("加微信", "是"),)}),
            ("tag=加微信", {"tags": (TagSnapshot("加微信", "否"),)}),
        ],
    )
    def test_a_condition_finds_the_call_it_describes_and_no_other(self, query, columns):
        make_call(detail_id="other")
        make_call(detail_id="wanted", **columns)

        assert found(query) == {"wanted"}

    def test_two_tags_must_both_be_there(self):
        make_call(detail_id="one", tags=(TagSnapshot("加微信", "是"),))
        make_call(detail_id="both", tags=(TagSnapshot("加微信", "是"), TagSnapshot("来店", "否")))

        assert found("tag=加微信=是&tag=来店") == {"both"}

    def test_a_length_range_leaves_out_its_upper_end(self):
        make_call(detail_id="9", duration=9)
        make_call(detail_id="10", duration=10)
        make_call(detail_id="unknown", duration=None)

        assert found("length=0-10") == {"9"}

    def test_days_are_those_of_the_wall_clock_and_both_ends_count(self):
        make_call(detail_id="before", started_at=at(2026, 11, 18, 23, 59, 59))
        make_call(detail_id="first", started_at=at(2026, 11, 19, 0, 0, 0))
        make_call(detail_id="last", started_at=at(2026, 11, 20, 23, 59, 59))
        make_call(detail_id="after", started_at=at(2026, 11, 21, 0, 0, 0))

        assert found("since=2026-11-19&until=2026-11-20") == {"first", "last"}

    @pytest.mark.parametrize(
        ("when", "names"),
        [
            ("today", {"today"}),
            ("yesterday", {"yesterday"}),
            ("7d", {"today", "yesterday", "6 days ago"}),
        ],
    )
    def test_a_named_time_is_counted_from_today(self, when, names):
        noon = timezone.localtime().replace(hour=12, minute=0)
        for name, days in {"today": 0, "yesterday": 1, "6 days ago": 6, "7 days ago": 7}.items():
            make_call(detail_id=name, started_at=noon - timedelta(days=days))

        assert found(f"when={when}") == names

    def test_this_month_begins_on_its_first_day(self):
        first = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        make_call(detail_id="first", started_at=first)
        make_call(detail_id="last month", started_at=first - timedelta(seconds=1))

        assert found("when=month") == {"first"}

    @pytest.mark.parametrize(
        ("state", "recording"),
        [
            (RecordingState.STORED, "stored"),
            (RecordingState.FETCHING, "coming"),
            (RecordingState.PURGED, "missing"),
        ],
    )
    def test_a_recording_is_stored_or_coming_or_missing(self, state, recording):
        make_call(detail_id="other", has_recording=False)
        Recording.objects.update(state=RecordingState.NONE)
        call = make_call(detail_id="wanted")
        Recording.objects.filter(call=call).update(state=state)

        assert found(f"recording={recording}") == {"wanted"}

    def test_words_are_found_in_any_width(self):
        make_call(detail_id="1")

        assert found("q=退款　到账") == {"1"}
        assert found("q=没有说过") == set()

    def test_what_a_query_language_would_read_is_only_text(self):
        make_call()

        assert found("q=%25") == set()
        assert found("q=_") == set()
        assert found("q=' OR 1=1 --") == set()


BAD = [
    "result=nope",
    "when=ever",
    "since=99999-01-01",
    "since=0000-01-01",
    "since=0001-01-01",
    "until=9999-12-31",
    "until=yesterday",
    "since=%00",
    "q=%00",
    "q=" + "长" * 10_000,
    "intent=%00",
    "task=" + "9" * 10_000,
    "tag=" + "&tag=".join(str(number) for number in range(51)),
    "length=5-6",
    "hung=nobody",
    "recording=lost",
    "source=elsewhere",
]


@pytest.mark.django_db
@pytest.mark.parametrize("query", BAD)
def test_a_bad_value_is_named_beside_its_field_and_left_out(query):
    make_call(detail_id="1")
    asked = form(f"{query}&result=answered" if "result" not in query else query)

    calls = list(asked.narrow(Call.objects.all()))

    field = query.partition("=")[0]
    assert asked.errors[field]
    assert all(len(str(error)) < 200 for error in asked.errors[field])
    assert field not in asked.chosen
    assert [call.detail_id for call in calls] == ["1"]


@pytest.mark.django_db
def test_unknown_keys_are_ignored_and_repeated_values_count_once():
    asked = form("utm=1&result=busy&result=busy&__proto__=x")

    assert asked.is_valid()
    assert asked.url() == "/?result=busy"


class TestAnyQueryString(TestCase):
    @given(
        st.dictionaries(st.sampled_from([*CallFilterForm.base_fields, "after", "x"]), st.text(max_size=30), max_size=5)
    )
    def test_no_query_string_breaks_the_filter(self, values):
        query = QueryDict(mutable=True)
        for name, value in values.items():
            query.appendlist(name, value)
        asked = CallFilterForm(query)

        list(asked.narrow(Call.objects.all()))
        list(Facets(asked, total=0))

        assert asked.reading()
        assert all(chip.url.startswith("/") for chip in asked.chips({}))


@pytest.mark.django_db
class TestInWords:
    def test_each_chip_leads_to_the_list_without_it(self):
        asked = form("q=退款&result=busy&result=refused&intent=A")

        chips = {chip.label: QueryDict(chip.url.partition("?")[2]) for chip in asked.chips({})}

        assert chips["Busy"] == QueryDict("q=退款&result=refused&intent=A")
        assert chips["Intent A"] == QueryDict("q=退款&result=busy&result=refused")
        assert set(chips) == {"Busy", "Refused", "Intent A"}

    def test_a_task_is_called_by_its_name_where_one_is_known(self):
        assert [chip.label for chip in form("task=1&task=2").chips({"1": "续费回访"})] == ["续费回访", "2"]

    def test_the_reading_says_back_what_was_understood(self):
        assert form("").reading() == "All calls, newest first"
        assert form("result=busy").reading() == "Calls that match all of this"
        assert form("q=退款").reading() == 'Calls that mention <b lang="zh-Hans">退款</b>'
        assert "</b> and <b" in form("q=退款 到账&intent=A").reading()

    def test_the_reading_escapes_what_was_typed(self):
        assert "<script>" not in form("q=<script>").reading()

    def test_an_address_says_the_same_as_the_form_it_came_from(self):
        asked = form("q=退款&since=2026-11-01&tag=a%253Db=c&length=0-10&task=&nonsense=1")

        again = form(asked.url().partition("?")[2])

        assert again.chosen == asked.chosen

    @pytest.mark.parametrize("name", ["加微信", "a=b", "100%", "a%3Db", "是否 来店"])
    @pytest.mark.parametrize("value", ["", "是", "a=b", "50%25"])
    def test_a_tag_keeps_its_name_and_value_in_an_address(self, name, value):
        assert tag_of(tag_key(name, value)) == (name, value)


@pytest.mark.django_db
class TestFacets:
    def counts(self, query: str, field: str) -> dict[str, int | None]:
        facets = Facets(form(query), total=0)
        facet = next(facet for facet in facets if facet.field == field)
        return {option.value: option.count for option in [*facet.options, *facet.rest]}

    def test_a_value_is_counted_as_if_its_own_field_were_free(self):
        make_call(result=CallResult.BUSY, intent="A")
        make_call(result=CallResult.ANSWERED, intent="A")
        make_call(result=CallResult.ANSWERED, intent="B")

        counts = self.counts("result=busy&intent=A", "result")

        assert (counts["busy"], counts["answered"]) == (1, 1)
        assert self.counts("result=busy&intent=A", "intent") == {"A": 1, "B": 0}

    def test_the_usual_results_never_vanish(self):
        assert set(self.counts("", "result")) == {"answered", "no_answer", "busy", "refused"}

    def test_a_chosen_value_stays_even_when_no_call_has_it(self):
        assert self.counts("intent=Z&task=99", "intent") == {"Z": 0}
        assert self.counts("intent=Z&task=99", "task") == {"99": 0}

    def test_a_tag_is_counted_once_a_call_with_its_commonest_values_first(self):
        make_call(tags=(TagSnapshot("情绪", "好"), TagSnapshot("情绪", "好")))
        make_call(tags=(TagSnapshot("情绪", "差"),))
        make_call(tags=(TagSnapshot("情绪", "差"),))
        facets = Facets(form(""), total=3)

        (tag,) = next(facet for facet in facets if facet.field == "tag").options

        assert [(option.label, option.count) for option in tag.under] == [("差", 2), ("好", 1)]

    def test_past_the_most_no_count_is_shown_rather_than_a_wrong_one(self, monkeypatch):
        monkeypatch.setattr("calls.facets.MOST", 2)
        for _ in range(3):
            make_call()

        assert self.counts("", "intent") == {"B": None}
