from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls.models import Call, Job, Recording
from calls.refresh import ask_recording
from calls.views import recordings_at_risk
from calls.vocabulary import JobKind, Priority, RecordingState
from tests.builders import ROOT, make_call
from tests.sounds import store_sound

pytestmark = pytest.mark.django_db
LIST = "/recordings/at-risk/"
HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def at_risk(hours: float = 3, **changes) -> Call:
    """A call whose link dies in so many hours."""
    dies_at = int((timezone.now() + timedelta(hours=hours)).timestamp())
    return make_call(recording_url=f"https://x.aliyuncs.com/a.wav?Expires={dies_at}&Signature=CANARY", **changes)


def lost(days_ago: float = 0.0) -> Call:
    call = at_risk()
    Recording.objects.get(call=call).mark_missing("The vendor's file is empty")
    Recording.objects.filter(call=call).update(lost_at=timezone.now() - timedelta(days=days_ago))
    return call


def shown(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="recording-(\d+)"', page)]


def test_supervisors_and_administrators_see_it_and_others_do_not(reviewer_client, supervisor_client, admin_client):
    call = at_risk()

    assert reviewer_client.get(LIST).status_code == 403
    assert reviewer_client.post(f"{LIST}{call.pk}/retry").status_code == 403
    assert reviewer_client.post(f"{LIST}retry").status_code == 403
    assert supervisor_client.get(LIST).status_code == 200
    assert admin_client.get(LIST).status_code == 200


def test_what_is_not_stored_and_dies_soon_is_listed_by_the_time_left(supervisor_client):
    late, soon, dead = at_risk(11.5), at_risk(0.5), at_risk(-1)
    at_risk(13), store_sound(at_risk(1)), lost(), make_call()

    page = supervisor_client.get(LIST).text

    assert shown(page) == [dead.pk, soon.pk, late.pk]
    for words in ("link is dead", "29 min left", "11 h 29 min left", soon.get_absolute_url()):
        assert words in page


def test_neither_numbers_nor_links_are_shown(supervisor_client):
    at_risk(callee="13800005678")

    page = supervisor_client.get(LIST).text

    assert "138****5678" in page
    assert "13800005678" not in page
    assert "CANARY" not in page and "aliyuncs" not in page


def test_what_was_lost_since_yesterday_is_a_group_of_its_own(supervisor_client):
    first, second = lost(0.01), lost(0.005)
    lost(2.1)

    page = supervisor_client.get(f"{LIST}?show=lost").text

    assert shown(page) == [second.pk, first.pk]
    assert "The vendor&#x27;s file is empty" in page


def test_the_first_group_that_holds_something_is_shown(supervisor_client):
    call = lost()

    assert shown(supervisor_client.get(LIST).text) == [call.pk]


def test_when_all_is_safe_it_says_so_and_when_it_looked(supervisor_client):
    page = supervisor_client.get(LIST).text

    assert "Every recording is safe" in page
    assert "last look <time-ago" in page


def test_one_click_has_a_worker_fetch_it_now(supervisor_client, su):
    call = at_risk()
    job = ask_recording(call)
    Job.objects.filter(pk=job.pk).update(next_at=timezone.now() + timedelta(hours=1))

    waiting = supervisor_client.get(LIST).text
    row = supervisor_client.post(f"{LIST}{call.pk}/retry", {"show": "risk"}, headers=HTMX).text

    job.refresh_from_db()
    assert "Tried again at" in waiting
    assert (job.priority, job.asked_by) == (Priority.PEOPLE, su)
    assert job.next_at <= timezone.now()
    assert shown(row) == [call.pk]
    assert "<html" not in row
    assert "Queued, waiting for a worker" in row


def test_without_a_script_the_click_comes_back_to_the_same_group(supervisor_client):
    call = lost()

    answer = supervisor_client.post(f"{LIST}{call.pk}/retry", {"show": "lost"})

    assert answer["Location"] == f"{LIST}?show=lost"
    assert Job.objects.get(call=call).kind == JobKind.KEEP_RECORDING


def test_all_of_one_group_are_fetched_by_one_click(supervisor_client):
    calls = {at_risk(hour).pk for hour in range(4)}
    lost()

    page = supervisor_client.post(f"{LIST}retry", {"show": "risk"}, follow=True).text

    assert "4 recordings queued." in page
    assert {job.call_id for job in Job.objects.open()} == calls


def test_the_next_click_takes_the_rest(supervisor_client, monkeypatch):
    monkeypatch.setattr(recordings_at_risk, "AT_ONCE", 3)
    for hour in range(5):
        at_risk(hour)

    first = supervisor_client.post(f"{LIST}retry", follow=True).text
    second = supervisor_client.post(f"{LIST}retry", follow=True).text

    assert "3 recordings queued. 2 are left" in first
    assert "2 recordings queued." in second and "left" not in second.split("2 recordings queued.")[1][:20]
    assert Job.objects.open().count() == 5


@pytest.mark.parametrize("state", [RecordingState.STORED, RecordingState.PURGED])
def test_a_row_that_was_settled_meanwhile_says_so(supervisor_client, state):
    call = at_risk()
    Recording.objects.filter(call=call).update(state=state)

    row = supervisor_client.post(f"{LIST}{call.pk}/retry", headers=HTMX).text

    assert str(state.label) in row
    assert "<form" not in row


def test_a_recording_that_does_not_exist_is_not_found(supervisor_client):
    assert supervisor_client.post(f"{LIST}99999999/retry").status_code == 404


@pytest.mark.parametrize("query", ["?show=nonsense", "?page=-1", "?page=x", "?page=999", "?show=%00"])
def test_nonsense_in_the_address_is_a_page_all_the_same(supervisor_client, query):
    at_risk()

    assert len(shown(supervisor_client.get(LIST + query).text)) == 1


def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client):
    at_risk()

    page = TOKEN.sub("", supervisor_client.get(LIST).text)
    part = TOKEN.sub("", supervisor_client.get(LIST, headers=HTMX).text)

    age = re.compile(r"<time-ago.*?</time-ago>")
    assert age.sub("", part).strip() in age.sub("", page)
    assert "<html" not in part


def test_many_are_shown_page_by_page_with_a_fixed_number_of_questions(supervisor_client, django_assert_max_num_queries):
    calls = [at_risk(1 + number / 100) for number in range(60)]

    with django_assert_max_num_queries(14):
        first = supervisor_client.get(LIST).text
    second = supervisor_client.get(f"{LIST}?page=2").text

    assert shown(first) + shown(second) == [call.pk for call in calls]
    assert len(shown(first)) == 50


# ---- The rail


def test_the_rail_counts_what_is_at_risk_for_those_who_may_see_it(supervisor_client, reviewer_client):
    at_risk(), at_risk()

    assert '<span class="rail__count rail__count--bad">2</span>' in supervisor_client.get("/activity/").text
    assert LIST not in reviewer_client.get("/").text


def test_the_rail_is_quiet_when_nothing_is(supervisor_client):
    assert "rail__count--bad" not in supervisor_client.get("/activity/").text
    assert LIST not in supervisor_client.get("/").text


def test_what_was_lost_is_in_the_rail_without_a_number(supervisor_client):
    lost()

    page = supervisor_client.get("/").text

    assert LIST in page
    assert "rail__count--bad" not in page


# ---- At a million calls


@pytest.mark.parametrize(
    ("tab", "index"), [("risk", "recording_at_risk"), ("lost", "recording_lost")], ids=["at risk", "lost"]
)
def test_each_group_is_read_from_an_index_of_its_own(tab, index):
    """It holds only what is in danger, so its size does not grow with the number of calls."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # what an empty table is read by says nothing about a large one
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")

    recordings = recordings_at_risk.recordings_of(tab, ROOT)
    for asked in (recordings[:50], recordings.order_by()):
        assert index in asked.explain()
    assert "TEMP B-TREE" not in recordings[:50].explain()
    assert "Sort" not in recordings[:50].explain()


def test_what_is_stored_is_in_neither_index():
    recording = store_sound(at_risk())
    Recording.objects.get(pk=at_risk().pk).mark_stored(
        name="a.wav", sha256="", size=1, content_type="audio/wav", channels=1, duration=1.0
    )

    stored = Recording.objects.exclude(pk=recording.pk).get()

    assert (stored.link_expires_at, stored.lost_at) == (None, None)
