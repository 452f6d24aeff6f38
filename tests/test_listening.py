"""How fast and loud somebody listens is kept for them, wherever they sign in."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import KeyPreference
from tests.reviews.builders import make_queue
from tests.test_call_hearing import spoken_call

KEEP = "/listening/"


def listening_in(page: str) -> dict[str, str]:
    found = re.search(r'<call-player [^>]*data-speed="([^"]*)" data-volume="([^"]*)" data-skip="([^"]*)"', page)
    assert found
    return dict(zip(("speed", "volume", "skips_silence"), found.groups(), strict=True))


def listening_of(client) -> dict[str, str]:
    return listening_in(client.get(spoken_call().get_absolute_url()).text)


def test_whoever_chose_nothing_hears_it_as_it_was(reviewer_client):
    assert listening_of(reviewer_client) == {"speed": "1", "volume": "1", "skips_silence": "off"}
    assert not KeyPreference.objects.exists()


def test_what_was_chosen_is_there_before_the_first_sound(reviewer_client):
    chosen = {"speed": "1.5", "volume": "0.35", "skips_silence": "on"}

    answer = reviewer_client.post(KEEP, chosen)

    assert (answer.status_code, answer.content) == (204, b"")
    assert listening_of(reviewer_client) == chosen


def test_a_review_sounds_as_its_call_does(reviewer_client):
    item = make_queue(spoken_call()).items.get()
    chosen = {"speed": "2", "volume": "0", "skips_silence": "off"}
    reviewer_client.post(KEEP, chosen)

    page = reviewer_client.get(f"/review/{item.pk}/", follow=True)

    assert listening_in(page.text) == chosen


def test_only_what_was_said_changes(reviewer_client, rui):
    KeyPreference.keep(rui, keys={"loop": "KeyD"}, is_on=False, speed="3")

    reviewer_client.post(KEEP, {"volume": "0.5"})
    reviewer_client.post(KEEP, {"skips_silence": "on"})
    reviewer_client.post(KEEP, {"skips_silence": "off"})

    kept = KeyPreference.objects.get(user=rui)
    assert (kept.speed, kept.volume, kept.skips_silence) == ("3", 0.5, False)
    assert (kept.keys, kept.is_on) == ({"loop": "KeyD"}, False)


def test_everybody_has_their_own(reviewer_client, supervisor_client):
    reviewer_client.post(KEEP, {"speed": "2"})
    supervisor_client.post(KEEP, {"speed": "0.5"})

    assert listening_of(reviewer_client)["speed"] == "2"
    assert listening_of(supervisor_client)["speed"] == "0.5"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        *[({"speed": word}, "The speed is one of these: 0.5, 0.75, 1,") for word in ("", "1.1", "9", "fast", "\0")],
        *[
            ({"volume": word}, "The volume is a number from 0 (silent) to 1 (full).")
            for word in ("", "-0.1", "1.1", "nan", "inf", "1e999", "loud", "\0")
        ],
        ({"skips_silence": "perhaps"}, "Skipping silence is “on” or “off”."),
        ({}, "Say a speed, a volume or whether silence is skipped."),
        ({"tone": "deep"}, "Say a speed, a volume or whether silence is skipped."),
    ],
)
def test_what_no_player_can_do_is_refused_in_words(reviewer_client, said, sentence):
    answer = reviewer_client.post(KEEP, said)

    assert answer.status_code == 422
    assert answer.text.startswith(sentence)
    assert not KeyPreference.objects.exists()


def test_nothing_is_kept_of_what_is_wrong_in_part(reviewer_client):
    answer = reviewer_client.post(KEEP, {"speed": "9", "volume": "0.5"})

    assert answer.status_code == 422
    assert not KeyPreference.objects.exists()


def test_a_page_asks_once_for_keys_and_listening(reviewer_client):
    address = spoken_call().get_absolute_url()

    with CaptureQueriesContext(connection) as asked:
        page = reviewer_client.get(address)

    assert "data-speed=" in page.text
    assert sum("keypreference" in one["sql"] for one in asked) == 1
