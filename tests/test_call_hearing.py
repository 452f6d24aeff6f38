"""What listening brings to the page of a call: times, a picture, and starts that people set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction

from calls.hearing import AGENT, CUSTOMER
from calls.models import Call, Hearing, Job, Recording, TurnStart
from calls.recordings.hearing import LONG_TALK, hear, hearing_of, set_turn_start, time_turns
from calls.refresh import run
from calls.snapshot import TurnSnapshot
from calls.views.call_wave import speech_of
from calls.vocabulary import JobKind, Speaker
from tests.builders import make_call
from tests.hearing.voices import DIALOGUE, LENGTH, as_wave, mix, utter
from tests.meanwhile import is_waited_for, meanwhile
from tests.sounds import store_sound
from tests.workers import until

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
SPEAKERS = {AGENT: Speaker.AGENT, CUSTOMER: Speaker.CUSTOMER}
TURNS = tuple(TurnSnapshot(SPEAKERS[one.said.speaker], one.said.text) for one in DIALOGUE)


def spoken_call(*, channels: int = 1, **changes: Any) -> Call:
    """Stored, and nobody has listened yet."""
    call = make_call(**{"turns": TURNS, "duration": 18, **changes})
    store_sound(call, as_wave(mix(DIALOGUE, LENGTH, channels=channels)), seconds=18)
    return call


def heard_call(**changes: Any) -> Call:
    call = spoken_call(**changes)
    hear(Recording.objects.get(call=call))
    return call


def drawn(page: str, voice: str) -> list[str]:
    """The bars of a voice, which stand twice: played and not."""
    played, rest = re.findall(rf'class="wave__{voice}" d="([^"]*)"', page)
    assert played == rest
    return re.findall(r"M([\d.]+) ", played)


def test_turns_stand_where_they_are_heard(reviewer_client):
    call = heard_call()

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    starts = [float(at) for at in re.findall(r'data-at="([\d.]+)"', page)]
    assert starts == pytest.approx([one.at for one in DIALOGUE], abs=0.15)
    assert "≈0:12</a>" in page
    assert 'title="Estimated by listening to the recording"' in page


def test_unsure_times_say_so_and_set_ones_bear_no_sign(reviewer_client):
    call = heard_call()
    times = Hearing.objects.get().times
    times[1][2:] = [30, "shared"]
    times[2][2:] = [100, "set"]
    times[3][2:] = [80, "said"]
    Hearing.objects.update(times=times)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert page.count("turn--unsure") == 1
    assert "Unsure: right within a second with a chance of 30 %" in page
    assert "Set by a person" in page
    assert len(re.findall(r">≈[\d:]+</a>", page)) == len(TURNS) - 2


def test_turns_of_other_words_do_not_get_the_old_times(reviewer_client):
    call = heard_call()
    Hearing.objects.update(basis="")

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert "data-at" not in page


@pytest.mark.parametrize("channels", [1, 2])
def test_the_robot_is_drawn_where_it_speaks_and_the_customer_where_they_do(reviewer_client, channels):
    call = heard_call(channels=channels)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    agent, customer = drawn(page, "agent"), drawn(page, "customer")
    width = int(re.search(r'viewBox="0 0 (\d+) 62" width="100%"', page)[1])  # type: ignore[index]
    at = [float(x) / width * LENGTH for x in customer]
    # of the customer's long sentence at 12.4 s, of nothing at the robot's at 5 s
    assert len([second for second in at if 12.5 < second < 13.8]) >= 12
    assert not [second for second in at if 5 < second < 7]
    assert len([x for x in agent if 5 < float(x) / width * LENGTH < 7]) >= 15


def test_interruptions_and_hits_stand_in_the_picture(reviewer_client):
    turns = [*TURNS]
    turns[4] = TurnSnapshot(Speaker.CUSTOMER, TURNS[4].text, interrupted=True)
    call = heard_call(turns=tuple(turns))

    page = reviewer_client.get(f"/calls/{call.pk}/?q=退款").text

    assert page.count("wave__cut") == 1
    assert page.count("wave__hit") == 1


def test_a_long_silence_is_a_field(reviewer_client):
    talk = (utter(AGENT, "您好请问是张女士吗", 0.8), utter(CUSTOMER, "对是我", 9.0))
    call = make_call(turns=tuple(TurnSnapshot(SPEAKERS[one.said.speaker], one.said.text) for one in talk))
    hear(store_sound(call, as_wave(mix(talk, 11.0)), seconds=11))

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    start, width = re.search(r'wave__silence" x="([\d.]+)%" y="0" width="([\d.]+)%"', page).groups()  # type: ignore[union-attr]
    assert float(start) == pytest.approx(2.6 / 11 * 100, abs=3)
    assert float(width) == pytest.approx(6.4 / 11 * 100, abs=4)


def test_speech_of_both_channels_is_told_once(reviewer_client):
    call = heard_call(channels=2)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    speech = json.loads(re.search(r'data-speech="([^"]*)"', page)[1])  # type: ignore[index]
    assert speech == [[round(start, 2), round(end, 2)] for start, end in speech_of(hearing_of(call))]
    assert all(before[1] < after[0] for before, after in pairwise(speech))
    assert speech[0][0] == pytest.approx(0.8, abs=0.15)


def test_a_recording_that_nobody_heard_yet_says_why_there_is_no_picture(reviewer_client):
    call = spoken_call()

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert "Nobody has listened to this recording yet" in page
    assert "wave__agent" not in page


def test_a_recording_without_a_picture_says_why(reviewer_client):
    call = make_call(turns=TURNS)
    hear(store_sound(call, b"this is no sound at all"))

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert "The recording could not be decoded" in page
    assert "wave__agent" not in page


def test_a_person_says_where_a_turn_starts_and_takes_it_back(reviewer_client, rui):
    call = heard_call()
    before = Hearing.objects.get().times

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/start", {"turn": "5", "at": "11.9"}, headers=HX)

    assert answer.headers["HX-Trigger"] == '{"times-changed": {}}'
    assert 'id="transcript"' in answer.text and "<html" not in answer.text
    assert re.findall(r'id="turn-5" data-turn data-at="([\d.]+)"', answer.text) == ["11.9"]
    assert answer.text.count("Start set by hand") == 1
    assert TurnStart.objects.get().set_by == rui

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/forget", {"turn": "5"}, headers=HX)

    assert "Start set by hand" not in answer.text
    assert Hearing.objects.get().times == before


def closing(step: Callable[[], object]) -> None:
    """For a thread, whose connection nobody else closes."""
    try:
        step()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_set_a_start_at_once_the_later_ones_stands(rui, su):
    call = heard_call()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            set_turn_start(call, 4, 11_900, by=rui)
            later = other.submit(closing, lambda: set_turn_start(call, 4, 11_500, by=su))
            until(is_waited_for, "the second person waits for the first")
        later.result(60)

    start = TurnStart.objects.get()
    assert (start.at, start.set_by) == (11_500, su)


@pytest.mark.django_db(transaction=True)
def test_neither_who_sets_a_start_nor_who_deletes_the_call_is_ended(rui):
    """In another order than this one each would wait for what the other holds."""
    call = heard_call()
    set_turn_start(call, 4, 11_500, by=rui)

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            set_turn_start(call, 4, 11_900, by=rui)
            deleted = other.submit(closing, lambda: Call.objects.get(pk=call.pk).delete())
            until(is_waited_for, "whoever deletes waits for whoever sets a start")
        deleted.result(60)

    assert not TurnStart.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_turns_are_not_timed_whose_call_is_deleted_at_once():
    call = heard_call()
    recording = Recording.objects.get()
    Hearing.objects.update(basis="")

    with meanwhile(call.delete, after="FROM calls_hearing"):
        time_turns(recording)

    assert not Hearing.objects.exists()


def test_a_start_is_set_without_scripts_too(reviewer_client):
    call = heard_call()

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/start", {"turn": "5", "at": "11.9"}, follow=True)

    assert answer.redirect_chain == [(f"/calls/{call.pk}/", 302)]
    assert "Start set by hand" in answer.text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"turn": "99", "at": "1"}, "There is no turn “99” in this call any more"),
        ({"turn": "0", "at": "1"}, "There is no turn “0”"),
        ({"turn": "-1", "at": "1"}, "There is no turn “-1”"),
        ({"turn": "two", "at": "1"}, "There is no turn “two”"),
        ({"at": "1"}, "There is no turn “”"),
        ({"turn": "2"}, "“” is no position in a recording"),
        ({"turn": "2", "at": "<b>"}, "“&lt;b&gt;” is no position in a recording"),
        ({"turn": "2", "at": "nan"}, "“nan” is no position"),
        ({"turn": "2", "at": "-3"}, "“-3” is no position"),
        ({"turn": "2", "at": "1e300"}, "“1e300” is no position"),
        ({"turn": "2", "at": "19"}, "19 s is after the end of the recording"),
    ],
)
def test_a_start_that_cannot_be_set_says_why_and_changes_nothing(reviewer_client, asked, words):
    call = heard_call()

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/start", asked, headers=HX)

    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="turn-2"' in answer.text
    assert not TurnStart.objects.exists()


def test_a_start_waits_until_the_recording_was_heard(reviewer_client):
    call = spoken_call()

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/start", {"turn": "1", "at": "1"}, follow=True)

    assert "Nobody has listened to this recording yet" in answer.text
    assert not TurnStart.objects.exists()


def test_forgetting_a_turn_that_is_gone_says_so(reviewer_client):
    call = heard_call()

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/forget", {"turn": "12345678901234567890"}, headers=HX)

    assert answer.status_code == 422
    assert "There is no turn “12345678901234567890”" in answer.text


def test_starts_are_for_those_who_may_hear(client, otto):
    otto.user_permissions.add(Permission.objects.get(codename="view_call"))
    client.force_login(otto)
    call = heard_call()

    for path in ("start", "forget"):
        assert client.post(f"/calls/{call.pk}/turns/{path}", {"turn": "1", "at": "1"}).status_code == 403
    page = client.get(f"/calls/{call.pk}/").text

    assert "turns/start" not in page
    assert "wave__agent" not in page


def test_turns_beyond_a_thousand_are_named_by_plain_numbers(reviewer_client):
    call = make_call(turns=TURNS[:1] * 1001)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert '<li class="turn turn--agent" id="turn-1001" data-turn' in page
    assert 'href="#turn-1001"' in page


# ---- How they talk to each other


TELLING = (
    utter(AGENT, "您好请问是张女士吗我是客服中心的课程顾问", 0.5),
    utter(CUSTOMER, "对是我你说", 4.9),
    utter(AGENT, "打扰您一分钟，孩子的秋季班快结束了，现在续报可以享受八五折，另外还赠送两次外教课", 6.2, 5.4),
    utter(CUSTOMER, "等一下我上次退款还没到账呢", 11.6, interrupts=True),
    utter(AGENT, "非常抱歉给您带来不便，您说的是哪一笔", 16.6),
    utter(CUSTOMER, "就是十月份那个口语课啊", 24.4),
    utter(AGENT, "好的我已经为您登记了这一笔退款", 26.9),
)


def telling_call(**changes: Any) -> Call:
    """The robot is cut off, answers late, and then nobody speaks for a while."""
    turns = tuple(
        TurnSnapshot(SPEAKERS[one.said.speaker], one.said.text, interrupted=one.said.interrupts) for one in TELLING
    )
    call = make_call(**{"turns": turns, "duration": 31, **changes})
    store_sound(call, as_wave(mix(TELLING, 31)), seconds=31)
    hear(Recording.objects.get(call=call))
    return call


def turn_in(page: str, number: int) -> str:
    [turn] = re.findall(rf'<li class="[^"]*" id="turn-{number}".*?</li>', page, re.DOTALL)
    return str(turn)


def test_what_was_cut_off_is_told_and_its_end_is_faded(reviewer_client):
    page = reviewer_client.get(f"/calls/{telling_call().pk}/").text

    cut = turn_in(page, 3)
    assert "Cut off at 0:11" in cut and "the rest was probably not heard" in cut
    assert '<span class="bubble__unheard">另外还赠送两次外教课</span></p>' in cut
    assert page.count("bubble__unheard") == 1
    assert "Interrupts" in turn_in(page, 4)


def test_a_hit_is_marked_on_both_sides_of_what_was_heard(reviewer_client):
    page = reviewer_client.get(f"/calls/{telling_call().pk}/?q=折，另外").text

    assert '<mark>折，</mark><span class="bubble__unheard"><mark>另外</mark>还' in turn_in(page, 3)


def test_a_cut_without_sound_is_told_without_a_guess(reviewer_client):
    call = telling_call()
    Hearing.objects.all().delete()

    cut = turn_in(reviewer_client.get(f"/calls/{call.pk}/").text, 3)

    assert "Cut off</span>" in cut and "the rest was probably not heard" in cut
    assert "bubble__unheard" not in cut


def test_silences_and_late_answers_stand_in_the_talk_and_in_the_picture(reviewer_client):
    page = reviewer_client.get(f"/calls/{telling_call().pk}/").text

    silence = re.search(r'<li class="silence">(\S+) s of silence</li>', page)
    assert silence and float(silence[1]) == pytest.approx(4.2, abs=0.3)
    assert page.index('<li class="silence">') < page.index('id="turn-6"') > page.index('id="turn-5"')
    late = re.search(r"answered after (\S+) s", turn_in(page, 5))
    assert late and float(late[1]) == pytest.approx(2.4, abs=0.3)
    assert page.count("wave__late") == page.count("wave__silence") == 1
    assert "1 interruption" in page and "1 silence" in page and "1 late answer" in page


def test_shares_of_the_talk_add_up(reviewer_client):
    page = reviewer_client.get(f"/calls/{telling_call().pk}/").text

    shares = [
        int(percent)
        for percent in re.findall(r"(?:Robot|Customer) (\d+) %|<title>Silence (\d+) %", page)
        for percent in percent
        if percent
    ]
    assert sum(shares) == 100
    assert shares == [pytest.approx(53, abs=6), pytest.approx(27, abs=8), pytest.approx(20, abs=5)]


def test_words_of_the_vendor_in_a_faded_part_stay_text(reviewer_client):
    evil = "<script>alert(1)</script>"
    call = telling_call()
    transcript = call.transcript
    transcript.turns[2]["text"] += evil
    transcript.save()
    heard = Hearing.objects.get()
    time_turns(Recording.objects.get(call=call))

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert heard.basis != Hearing.objects.get().basis
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</span>" in turn_in(page, 3)


def test_of_a_very_long_talk_a_worker_does_the_rest(reviewer_client):
    call = heard_call(turns=TURNS * (LONG_TALK // len(TURNS) + 1))

    answer = reviewer_client.post(f"/calls/{call.pk}/turns/start", {"turn": "4", "at": "9.5"}, headers=HX)

    assert "A worker is timing the other turns" in answer.text
    assert "sound-changed" in answer.headers["HX-Trigger"]
    job = Job.objects.claim(Job.objects.get(kind=JobKind.HEAR).pk)
    assert job is not None
    run(job)
    page = reviewer_client.get(call.get_absolute_url()).text
    assert 'id="turn-4" data-turn data-at="9.5"' in page
    assert "Start set by hand" in page
    plain = reviewer_client.post(f"/calls/{call.pk}/turns/forget", {"turn": "4"}, follow=True)
    assert "Kept. A worker is timing the other turns" in plain.text
