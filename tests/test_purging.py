from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage

from calls.models import Hearing, Job, Recording
from calls.recordings import purging
from calls.recordings.hearing import hear
from calls.views import purging as page
from calls.vocabulary import JobKind, RecordingState
from tests.builders import make_call
from tests.sounds import make_wav, store_sound

pytestmark = pytest.mark.django_db
PURGE = "/recordings/purge/"


@pytest.fixture
def recording():
    return store_sound(make_call(), make_wav(1), seconds=1)


def ask(*recordings: Recording) -> str:
    return PURGE + "?" + "&".join(f"call={recording.pk}" for recording in recordings)


def answer(*recordings: Recording, reason: str = "the customer asked for it") -> dict[str, object]:
    return {"call": [recording.pk for recording in recordings], "reason": reason}


def test_only_administrators_purge(reviewer_client, supervisor_client, admin_client, recording):
    for client in (reviewer_client, supervisor_client):
        assert client.get(ask(recording)).status_code == 403
        assert client.post(PURGE, answer(recording)).status_code == 403
        assert client.post(f"/recordings/{recording.pk}/unpurge").status_code == 403
        assert "purge" not in client.get(recording.call.get_absolute_url()).text
    assert ask(recording) in admin_client.get(recording.call.get_absolute_url()).text


def test_asking_shows_what_will_be_deleted_and_deletes_nothing(admin_client, recording):
    shown = admin_client.get(ask(recording)).text

    assert "deleted for good" in shown
    assert recording.call.get_absolute_url() in shown
    assert default_storage.exists(recording.file.name)


def test_with_a_reason_it_is_done_and_the_call_says_who_and_why(admin_client, recording):
    name = recording.file.name

    shown = admin_client.post(PURGE, answer(recording), follow=True).text

    assert not default_storage.exists(name)
    assert "1 recording purged." in shown
    assert "The recording was purged by ada" in shown
    assert "the customer asked for it" in shown


def test_the_call_says_so_to_everybody_who_may_hear(reviewer_client, recording, ada):
    purging.purge(recording, by=ada, reason="<b>asked")

    shown = reviewer_client.get(recording.call.get_absolute_url()).text

    assert "The recording was purged by ada" in shown
    assert "&lt;b&gt;asked" in shown
    assert "Allow fetching it again" not in shown
    assert reviewer_client.get(f"/calls/{recording.pk}/recording").status_code == 404


def test_what_was_heard_in_it_goes_with_the_sound(recording, ada):
    hear(recording)

    purging.purge(recording, by=ada, reason="the customer asked for it")

    assert not Hearing.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_without_a_good_reason_nothing_is_deleted(admin_client, recording, reason):
    refused = admin_client.post(PURGE, answer(recording, reason=reason))

    assert refused.status_code == 422
    assert "field__error" in refused.text
    assert default_storage.exists(recording.file.name)


def test_several_go_at_once(admin_client):
    recordings = [store_sound(make_call(), make_wav(1), seconds=1) for _ in range(3)]

    shown = admin_client.post(PURGE, answer(*recordings), follow=True).text

    assert "3 recordings purged." in shown
    assert Recording.objects.filter(state=RecordingState.PURGED).count() == 3


@pytest.mark.parametrize("query", ["", "?call=x", "?call=99999999", "?call=" + "9" * 40, "?call=%00"])
def test_nothing_to_purge_says_what_to_do(admin_client, query):
    assert "Nothing to purge" in admin_client.get(PURGE + query).text


def test_what_is_purged_already_is_not_asked_about(admin_client, recording, ada):
    purging.purge(recording, by=ada, reason="first")

    assert "Nothing to purge" in admin_client.get(ask(recording)).text
    assert admin_client.post(PURGE, answer(recording)).status_code == 422
    assert Recording.objects.get().reason == "first"


def test_too_many_at_once_are_refused_with_the_limit(admin_client, recording, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 2)

    refused = admin_client.post(PURGE, {"call": [recording.pk] * 3, "reason": "all of them"})

    assert refused.status_code == 422
    assert "At most 2 recordings at once" in refused.text
    assert default_storage.exists(recording.file.name)


def test_a_storage_that_refuses_is_said_and_the_row_stays(admin_client, far_storage):
    recording = store_sound(make_call(), make_wav(1), seconds=1)
    far_storage.is_down = True

    shown = admin_client.post(PURGE, answer(recording), follow=True).text

    assert "1 recording could not be deleted and stays" in shown
    assert Recording.objects.get().state == RecordingState.STORED


def test_an_administrator_may_have_it_fetched_again(admin_client, recording, ada):
    purging.purge(recording, by=ada, reason="a mistake")
    assert "Allow fetching it again" in admin_client.get(recording.call.get_absolute_url()).text

    admin_client.post(f"/recordings/{recording.pk}/unpurge")

    assert Recording.objects.get().state == RecordingState.WAITING
    assert Job.objects.get(kind=JobKind.KEEP_RECORDING).asked_by == ada


def test_the_history_keeps_both_acts(recording, ada):
    purging.purge(recording, by=ada, reason="a mistake")
    purging.unpurge(Recording.objects.get(), by=ada)

    words = LogEntry.objects.order_by("pk").values_list("user", "change_message")

    assert list(words) == [(ada.pk, "a mistake"), (ada.pk, "unpurged; it was purged for: a mistake")]


# ---- The administration


def test_the_administration_asks_for_a_reason_first(admin_client, recording):
    chosen = {"action": "purge", "_selected_action": [recording.pk]}

    shown = admin_client.post("/admin/calls/recording/", chosen, follow=True)

    assert shown.redirect_chain == [(ask(recording), 302)]
    assert default_storage.exists(recording.file.name)


def test_the_administration_says_when_too_many_are_chosen(admin_client, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 1)
    recordings = [store_sound(make_call(), make_wav(1), seconds=1) for _ in range(2)]
    chosen = {"action": "purge", "_selected_action": [recording.pk for recording in recordings]}

    assert "At most 1 recordings at once" in admin_client.post("/admin/calls/recording/", chosen, follow=True).text
