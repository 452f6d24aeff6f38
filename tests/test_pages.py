"""What surrounds every page: the frame, the reader's choices, signing in, and what is said when something is wrong."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.views.defaults import server_error

PASSWORD = "a long enough password"


def test_a_stranger_is_sent_to_sign_in(db):
    response = Client().get("/")

    assert response.status_code == 302
    assert response.headers["Location"] == "/login/?next=/"


def test_signing_in_leads_back_to_where_one_wanted_to_go(rui):
    response = Client().post("/login/?next=/%3Fq%3D1", {"username": "rui", "password": PASSWORD, "next": "/?q=1"})

    assert response.headers["Location"] == "/?q=1"


def test_a_wrong_password_is_named_and_the_name_stays(rui):
    page = Client().post("/login/", {"username": "rui", "password": "wrong"})

    assert "Name and password do not match." in page.text
    assert 'value="rui"' in page.text


def test_five_wrong_passwords_lock_the_name_and_say_until_when(rui):
    client = Client()
    for _ in range(5):
        page = client.post("/login/", {"username": "rui", "password": "wrong"})

    assert page.status_code == 429
    assert "Too many wrong passwords for this name. Try again after " in page.text


def test_the_login_page_offers_the_other_language(db):
    client = Client()
    assert 'value="zh-hans" lang="zh-Hans">中文</button>' in client.get("/login/").text

    client.post("/language/", {"language": "zh-hans", "next": "/login/"})

    page = client.get("/login/")
    assert '<html lang="zh-hans"' in page.text
    assert 'value="en" lang="en">English</button>' in page.text


def test_the_look_is_kept_and_system_takes_it_back(reviewer_client):
    reviewer_client.post("/theme/", {"theme": "dark", "next": "/"})
    assert '<html lang="en" data-theme="dark">' in reviewer_client.get("/").text

    reviewer_client.post("/theme/", {"theme": "", "next": "/"})
    assert '<html lang="en">' in reviewer_client.get("/").text


def test_the_page_says_plainly_that_demo_data_is_shown(reviewer_client, settings):
    settings.DEMO = True
    assert "Demo data" in reviewer_client.get("/").text

    settings.DEMO = False
    assert "Demo data" not in reviewer_client.get("/").text


def test_only_staff_see_the_way_to_the_administration(reviewer_client, admin_client):
    assert 'href="/admin/"' not in reviewer_client.get("/").text
    assert 'href="/admin/"' in admin_client.get("/").text


def test_a_page_that_is_not_there_says_so(reviewer_client):
    page = reviewer_client.get("/nowhere/")

    assert page.status_code == 404
    assert "There is no such page" in page.text


@pytest.mark.parametrize("address", ["/bulk/export/", "/bulk/refresh/", "/recordings/at-risk/retry", "/language/"])
def test_an_address_that_only_a_button_may_ask_says_so(supervisor_client, address):
    page = supervisor_client.get(address)

    assert page.status_code == 405
    assert page.headers["Allow"] == "POST"
    assert "Nothing was done" in page.text and 'href="/?view=all"' in page.text


def test_a_form_without_its_token_is_refused_in_words(rui):
    client = Client(enforce_csrf_checks=True)

    page = client.post("/login/", {"username": "rui", "password": PASSWORD})

    assert page.status_code == 403
    assert "This page was too old to send" in page.text


def test_a_foreign_host_name_is_refused_in_words(db, settings):
    settings.ALLOWED_HOSTS = ["calls.test"]

    page = Client().get("/login/", headers={"host": "elsewhere.test"})

    assert page.status_code == 400
    assert "did not understand" in page.text


def test_the_page_for_a_crash_needs_nothing_that_may_have_crashed():
    # No database fixture here: any statement would fail.
    page = server_error(RequestFactory().get("/"))

    assert page.status_code == 500
    assert "Something broke on our side" in page.content.decode()


def test_the_password_can_be_changed(reviewer_client):
    page = reviewer_client.get("/password/")
    assert "New password" in page.text

    answer = reviewer_client.post(
        "/password/",
        {"old_password": PASSWORD, "new_password1": "quiet river 88 stones", "new_password2": "quiet river 88 stones"},
    )

    assert answer.status_code == 302
    assert User.objects.get(username="rui").check_password("quiet river 88 stones")


@pytest.mark.parametrize("address", ["/", "/password/"])
def test_every_page_needs_a_login(db, address):
    assert Client().get(address).status_code == 302


def test_no_template_counts_a_duration_instead_of_writing_it(settings):
    """`|length` on a number is 0 and nobody notices: `|duration` writes 1:26."""
    templates = {path: path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")}

    wrong = [path.name for path, text in templates.items() if re.search(r"(duration|\.at|default:0)\|length", text)]

    assert templates
    assert wrong == []
