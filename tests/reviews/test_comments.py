"""What people say about a call, whom they name, and what waits in an inbox."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from calls.models import Call
from calls.models.scope import TaskScope
from reviews.models import Comment, Mention
from reviews.opinions import talking
from reviews.opinions.talking import comments_of, inbox_of, named_in, unread_of
from tests.builders import make_answer, make_call, make_snapshot

# each answer disguises it anew
TOKEN = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+')


def post(client: Client, call: Call, text: str, **fields: str):
    return client.post(reverse("comment_new", args=[call.pk]), {"text": text, **fields})


@pytest.mark.parametrize(
    "text, names",
    [
        ("@rui look", {"rui"}),
        ("请@rui看一下", {"rui"}),
        ("＠rui请看，还有@王磊。", {"rui", "王磊"}),
        ("(@RUI, @rui)", {"rui"}),
        ("@王磊请看", {"王磊"}),
        ("@rui.", {"rui"}),
        ("mail rui@rui.example", set()),
        ("@ruins", set()),
        ("nobody", set()),
    ],
)
def test_names_are_found_as_people_write_them(text, names):
    people = [User(pk=1, username="rui"), User(pk=2, username="王磊"), User(pk=3, username="ru")]

    assert {person.username for person in named_in(text, people).people} == names


def test_a_comment_on_a_turn_keeps_its_words(reviewer_client, rui):
    call = make_call()

    response = post(reviewer_client, call, "他很生气", turn="2")

    assert response.headers["Location"] == f"{call.get_absolute_url()}#turn-2"
    comment = Comment.objects.get()
    assert (comment.author, comment.turn, comment.quote) == (rui, 2, "等一下，我上次退款还没到账呢。")
    assert "他很生气" in reviewer_client.get(reverse("call_people", args=[call.pk])).text


def test_htmx_gets_a_slice_of_the_very_same_page(reviewer_client):
    call = make_call()
    post(reviewer_client, call, "他很生气", turn="2")

    for address in (reverse("call_people", args=[call.pk]), f"{reverse('comment_new', args=[call.pk])}?turn=2"):
        page = reviewer_client.get(address)
        part = reviewer_client.get(address, headers={"HX-Request": "true"})

        assert TOKEN.sub("", part.text).strip() in TOKEN.sub("", page.text)
        assert "<html" not in part.text


def test_whoever_is_named_finds_it_in_their_inbox(reviewer_client, supervisor_client, su):
    call = make_call()

    post(reviewer_client, call, "@su 请听这一句", turn="2")

    assert unread_of(su) == 1
    page = supervisor_client.get(reverse("inbox")).text
    assert f"{call.get_absolute_url()}#turn-2" in page
    count = supervisor_client.get(reverse("inbox_count"), headers={"HX-Request": "true"}).text
    assert ">1</span>" in count and " hidden" not in count

    supervisor_client.post(reverse("inbox_read"), {"mention": str(Mention.objects.get().pk)})

    assert unread_of(su) == 0
    assert "请听这一句" not in supervisor_client.get(reverse("inbox")).text
    assert "请听这一句" in supervisor_client.get(f"{reverse('inbox')}?show=all").text


def test_all_can_be_read_at_once_and_nobody_elses(reviewer_client, supervisor_client, su, ada):
    call = make_call()
    post(reviewer_client, call, "@su @ada one")
    post(reviewer_client, call, "@su two")

    supervisor_client.post(reverse("inbox_read"), {"all": "1"})

    assert (unread_of(su), unread_of(ada)) == (0, 1)


def test_one_does_not_find_oneself_in_the_inbox(reviewer_client, rui):
    post(reviewer_client, make_call(), "@rui remember")

    assert unread_of(rui) == 0


def test_a_name_that_nobody_has_is_said_and_the_text_stays(reviewer_client):
    response = post(reviewer_client, make_call(), "@suu 请看")

    assert response.status_code == 422
    assert "Nobody here is called suu" in response.text
    assert "@suu 请看" in response.text
    assert not Comment.objects.exists()


def test_whoever_may_not_see_the_call_cannot_be_named(reviewer_client, su):
    TaskScope.objects.create(user=su)

    response = post(reviewer_client, make_call(), "@su look")

    assert "su may not see this call" in response.text
    assert not Comment.objects.exists()


def test_an_account_without_any_right_cannot_be_named(reviewer_client, otto):
    assert post(reviewer_client, make_call(), "@otto look").status_code == 422


def test_a_mention_of_a_call_that_one_may_not_see_any_more_is_gone(reviewer_client, su):
    post(reviewer_client, make_call(), "@su look")
    TaskScope.objects.create(user=su)

    assert unread_of(su) == 0
    assert not inbox_of(su).exists()


@pytest.mark.parametrize("turn", ["9", "0", "-1", "x", "9" * 30])
def test_a_turn_that_is_not_there_is_said(reviewer_client, turn):
    call = make_call()

    assert post(reviewer_client, call, "what", turn=turn).status_code == 422
    assert reviewer_client.get(f"{reverse('comment_new', args=[call.pk])}?turn={turn}").status_code == 200


def test_an_empty_comment_is_refused(reviewer_client):
    response = post(reviewer_client, make_call(), "   ")

    assert response.status_code == 422
    assert "Write something first." in response.text


def test_only_the_author_takes_a_comment_back_and_it_stays_as_deleted(reviewer_client, supervisor_client, su):
    call = make_call()
    post(reviewer_client, call, "@su 说错了", turn="1")
    address = reverse("comment_delete", args=[Comment.objects.get().pk])

    assert supervisor_client.post(address).status_code == 403
    reviewer_client.post(address)

    page = supervisor_client.get(reverse("call_people", args=[call.pk])).text
    assert "说错了" not in page
    assert "Deleted by its author" in page
    assert unread_of(su) == 0
    assert Comment.objects.get().text == "@su 说错了"


def test_a_comment_outlives_its_call_and_is_there_when_it_comes_back(reviewer_client, supervisor_client):
    snapshot = make_snapshot()
    call = Call.objects.absorb(make_answer(snapshot)).call
    post(reviewer_client, call, "@su 请看", turn="2")

    Call.objects.filter(pk=call.pk).delete()

    assert "The call is gone" in supervisor_client.get(reverse("inbox")).text
    back = Call.objects.absorb(make_answer(snapshot)).call
    assert [comment.text for comment in comments_of(back)[2]] == ["@su 请看"]


def test_comments_are_found_by_turn(rui):
    call = make_call()
    for turn in (None, 2, 2):
        talking.say(call, rui, "hm", turn=turn)

    assert {turn: len(found) for turn, found in comments_of(call).items()} == {None: 1, 2: 2}


def test_numbers_that_somebody_writes_are_masked(reviewer_client):
    call = make_call()
    post(reviewer_client, call, "call 13800005678 <b>now</b>")

    page = reviewer_client.get(reverse("call_people", args=[call.pk])).text

    assert "13800005678" not in page
    assert "138****5678 &lt;b&gt;now&lt;/b&gt;" in page


def test_people_who_are_named_stand_out(reviewer_client, su):
    call = make_call()
    post(reviewer_client, call, "请@su看 <i>")

    assert "请<b>@su</b>看 &lt;i&gt;" in reviewer_client.get(reverse("call_people", args=[call.pk])).text
