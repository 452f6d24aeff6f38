"""Keys that a reader chooses, and one switch for all of them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from calls import keys
from calls.keys import NoKey, caps_of, clashes, keys_of, of_group, read_key
from calls.models import KeyPreference
from tests.builders import make_call

ROOT = Path(__file__).parent.parent
USUAL = keys_of({})
EVERY = [action for group in keys.groups() for action in of_group(group.name)]


def as_written(**changed: str) -> dict[str, str]:
    """What the form of the page sends."""
    return {name: "+".join(caps_of(key)) for name, key in USUAL.items()} | changed


def map_in(page: str) -> dict[str, str]:
    found = re.search(r'id="keys"[^>]*data-keys="([^"]*)"', page)
    assert found
    shown: dict[str, str] = json.loads(unescape(found[1]))
    return shown


# ---- Words for keys


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("J", "KeyJ"),
        ("j", "KeyJ"),
        ("Ｊ", "KeyJ"),
        ("shift + t", "Shift+KeyT"),
        ("⇧T", "Shift+KeyT"),
        ("?", "Shift+Slash"),
        ("Shift+/", "Shift+Slash"),
        ("[", "BracketLeft"),
        ("5", "Digit5"),
        (",", ","),
        ("←", "ArrowLeft"),
        ("Shift ArrowLeft", "Shift+ArrowLeft"),
        ("space", "Space"),
        ("⌘ Enter", "Ctrl+Enter"),
        ("Shift+Ctrl+Z", "Ctrl+Shift+KeyZ"),
        ("Ctrl++", "Ctrl++"),
        ("  ", ""),
    ],
)
def test_a_key_is_read_as_people_write_it(words, name):
    assert read_key(words) == name
    assert read_key("+".join(caps_of(name))) == name


@pytest.mark.parametrize(
    "words", ["Shift", "Shift+5", "Shift+,", "Ctrl", "foo", "JK", "退", "Shift+Shift+", "+ +", "\0"]
)
def test_what_is_no_key_is_refused(words):
    with pytest.raises(NoKey):
        read_key(words)


# ---- Actions


def test_no_two_actions_of_a_page_have_the_same_usual_key():
    assert list(clashes(USUAL)) == []
    assert all(read_key("+".join(caps_of(action.key))) == action.key for action in EVERY)


def test_a_chosen_key_is_taken_from_the_action_that_usually_has_it():
    chosen = keys_of({"loop": "KeyS", "next_row": "KeyG"})

    assert (chosen["loop"], chosen["skip_silence"]) == ("KeyS", "")
    assert chosen["refresh"] == "KeyG", "a list and a call are two pages"


def test_an_action_that_is_gone_is_forgotten():
    assert "dance" not in keys_of({"dance": "KeyD"})


def test_scripts_and_the_list_of_actions_name_the_same():
    in_scripts = set()
    for script in (ROOT / "static" / "js").glob("*.js"):
        for block in re.findall(r"onKeys\(\{(.*?)\}\);", script.read_text(encoding="utf-8"), re.DOTALL):
            in_scripts |= set(re.findall(r"(?:^|[{,]\s*)([a-z_]+): ", f"{{{block}", re.MULTILINE))

    assert in_scripts == set(USUAL)


# ---- The page


def test_a_reader_chooses_a_key_and_every_page_knows(reviewer_client, rui):
    answer = reviewer_client.post("/keys/", as_written(next_turn="d", loop=""), follow=True)

    assert "Your keys are kept." in answer.text
    assert KeyPreference.objects.get(user=rui).keys == {"next_turn": "KeyD", "loop": ""}
    page = reviewer_client.get(make_call().get_absolute_url()).text
    assert map_in(page)["next_turn"] == "KeyD"
    assert '<dt class="key--next_turn"><kbd>D</kbd></dt><dd>Next turn</dd>' in page
    assert "Loop this turn</dd>" not in page


def test_keys_belong_to_their_reader(reviewer_client, supervisor_client):
    reviewer_client.post("/keys/", as_written(next_turn="d"))

    assert map_in(supervisor_client.get("/").text) == USUAL


def test_two_actions_on_one_key_are_told_and_nothing_is_changed(reviewer_client):
    answer = reviewer_client.post("/keys/", as_written(next_turn="b", next_row="x"))

    assert answer.status_code == 422
    assert answer.text.count("has this key too. Choose another for one of them.") == 4
    assert "“Back to the sound, and follow it” has this key too" in answer.text
    assert 'value="b"' in answer.text, "what was typed stays"
    assert not KeyPreference.objects.exists()


def test_words_that_are_no_key_are_told(reviewer_client):
    answer = reviewer_client.post("/keys/", as_written(next_turn="<b>now</b>"))

    assert answer.status_code == 422
    assert "“&lt;b&gt;now&lt;/b&gt;” is no key. Write one such as J, Shift+T, ← or [." in answer.text


def test_the_usual_keys_come_back(reviewer_client, rui):
    reviewer_client.post("/keys/", as_written(next_turn="d"))

    reviewer_client.post("/keys/", as_written(next_turn="d") | {"reset": "yes"})

    assert KeyPreference.objects.get(user=rui).keys == {}


# ---- The switch


def test_the_switch_stays_where_it_was_put(reviewer_client):
    answer = reviewer_client.post("/keys/switch/", {"single_keys": "off", "next": "/?q=1"})

    assert answer.headers["Location"] == "/?q=1"
    assert '<html lang="en" data-keys="off">' in reviewer_client.get("/").text
    reviewer_client.post("/keys/switch/", {"single_keys": "on", "next": "/"})
    assert '<html lang="en">' in reviewer_client.get("/").text


def test_the_switch_leads_nowhere_else(reviewer_client):
    answer = reviewer_client.post("/keys/switch/", {"single_keys": "off", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_htmx_gets_the_very_same_switch(reviewer_client):
    part = reviewer_client.post("/keys/switch/", {"single_keys": "off", "next": "/"}, headers={"HX-Request": "true"})
    page = reviewer_client.get("/keys/")

    assert 'data-keys="off"' in part.text

    def plain(text: str) -> str:
        return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", text)

    assert plain(part.text).strip() in plain(page.text)
