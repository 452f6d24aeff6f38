from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm, tag_key, tag_of
from calls.models import Call, Recording
from calls.models.indexing import index_calls
from calls.models.search import Sort
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source, Speaker
from tests.builders import ROOT, make_call


def form(query: str) -> CallFilterForm:
    return CallFilterForm(QueryDict(query), reader=ROOT)


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

    @pytest.fixture
    def moment(self, monkeypatch) -> datetime:
        """Now, which does not become tomorrow while a test looks."""
        now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: now)
        return timezone.localtime(now)

    @pytest.mark.parametrize(
        ("when", "names"),
        [
            ("today", {"today"}),
            ("yesterday", {"yesterday"}),
            ("7d", {"today", "yesterday", "6 days ago"}),
        ],
    )
    def test_a_named_time_is_counted_from_today(self, when, names, moment):
        noon = moment.replace(hour=12, minute=0)
        for name, days in {"today": 0, "yesterday": 1, "6 days ago": 6, "7 days ago": 7}.items():
            make_call(detail_id=name, started_at=noon - timedelta(days=days))

        assert found(f"when={when}") == names

    def test_this_month_begins_on_its_first_day(self, moment):
        first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
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
        index_calls([call.pk])

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

    def test_a_bare_id_finds_what_was_said_and_the_call_that_has_it(self):
        make_call(detail_id="966777", turns=())
        make_call(detail_id="said", turns=(TurnSnapshot(Speaker.CUSTOMER, "编号是966777"),))
        make_call(detail_id="other")

        assert found("q=966777") == {"966777", "said"}
        assert found("q=-966777") == {"966777", "other"}
        assert found("q=customer:966777") == {"said"}


BAD = [
    "result=nope",
    "when=ever",
    "since=99999-01-01",
    "since=0000-01-01",
    "since=0001-01-01",
    "until=9999-12-31",
    "until=yesterday",
    "since=%00",
    "sort=loudest",
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["长" * 10_001, "a b " * 3_000, "\x00退款\x00", "\ud800退款", '"' * 9_999, "🙂\u200d🙂", "((("]
)
def test_whatever_is_typed_stays_a_question(text):
    asked = CallFilterForm({"q": text}, reader=ROOT)

    list(asked.narrow(Call.objects.all()))

    assert asked.is_valid()
    assert "\x00" not in asked.url() and "%00" not in asked.url()
    assert asked.reading()


class TestOrder:
    def test_a_list_is_newest_first_unless_told(self):
        assert form("").order == Sort.NEWEST
        assert form("sort=longest").order == Sort.LONGEST
        assert form("sort=loudest").order == Sort.NEWEST

    def test_the_order_is_part_of_the_address_and_no_condition(self):
        asked = form("intent=A&sort=longest")

        assert asked.url() == "/?intent=A&sort=longest"
        assert asked.url_sorted(Sort.OLDEST) == "/?intent=A&sort=oldest"
        assert asked.url_sorted(Sort.NEWEST) == "/?intent=A"
        assert asked.url_without("intent", "A") == asked.url_cleared() == "/?sort=longest"
        assert [chip.label for chip in asked.chips({})] == ["Intent A"]
        assert not form("sort=longest").is_narrowed


class TestAnyQueryString(TestCase):
    @given(
        st.dictionaries(st.sampled_from([*CallFilterForm.base_fields, "after", "x"]), st.text(max_size=30), max_size=5)
    )
    def test_no_query_string_breaks_the_filter(self, values):
        query = QueryDict(mutable=True)
        for name, value in values.items():
            query.appendlist(name, value)
        asked = CallFilterForm(query, reader=ROOT)

        list(asked.narrow(Call.objects.all()))
        list(Facets(asked, Depth.WHOLE))

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

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("", "All calls, newest first"),
            ("sort=longest", "All calls · Longest first"),
            ("result=busy", "Calls that match all of this"),
            ("q=退款", "Calls that mention 退款"),
            ("q=退款 到账 -投诉", "Calls that mention 退款 and 到账 but not 投诉"),
            ("q=-投诉 -骗子", "Calls that do not mention 投诉 or 骗子"),
            ("q=退款 OR 退钱", "Calls that mention 退款 or 退钱"),
            ("q=谢谢 退款 OR 退钱", "Calls that mention 谢谢 and (退款 or 退钱)"),
            ("q=退款&intent=A&sort=oldest", "Calls that mention 退款, if they match all of this · Oldest first"),
            ("q=customer:退款 -agent:您好", "Calls in which the customer says 退款 and the robot does not say 您好"),
            ("q=退款 OR -customer:谢谢", "Calls in which 退款 is said or the customer does not say 谢谢"),
            ("q=tag:情绪 -tag:情绪=不满", "Calls in which there is a tag 情绪 and the tag 情绪 is not 不满"),
            ("q=intent:d result:busy", "Calls in which the intent is D and the result is Busy"),
            (
                "q=-source:robot hangup:agent",
                "Calls in which the maker is not Scripted robot and the side that hung up is Robot",
            ),
            ("q=task:回访 id:966", "Calls in which the task is 回访 and an id is 966"),
            (
                "q=dur:%3E60 -turns:%3C3",
                "Calls in which the call lasts at least 61 s and the call does not have at most 2 turns",
            ),
            ("q=dur:30-90 turns:3", "Calls in which the call lasts 30 to 90 s and the call has exactly 3 turns"),
            (
                "q=no:1234 has:recording -has:tag",
                "Calls in which a number ends in 1234 and a recording is stored and there is no tag",
            ),
            ("q=reviewed:no", "Calls in which the call is not reviewed"),
            (
                "q=label:回访 -label:VIP has:label",
                "Calls in which the call carries the label 回访 and the call does not carry the label vip and the call "
                "carries a label",
            ),
            (
                "q=score:%3C60 -score:66.7 score:60.5-80",
                "Calls in which the score is at most 59.99 and the score is not exactly 66.7 "
                "and the score is 60.5 to 80",
            ),
            ("q=score:%3C0 dur:%3C0", "Calls in which the score is less than 0 and the call lasts less than 0 s"),
            ("q=966001", "Calls in which 966001 is said or an id is 966001"),
        ],
    )
    def test_the_reading_says_back_what_was_understood(self, query, words):
        assert re.sub("</?b[^>]*>", "", form(query).reading()) == words

    def test_the_reading_of_a_long_question_stays_short(self):
        for glue in (" ", " OR ", " customer:"):
            reading = form("q=" + glue.join(f"词{number}" * 50 for number in range(200))).reading()

            assert len(re.sub("<[^>]*>", "", reading)) < 1_200
            assert "188 more" in reading or "…" in reading

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
