from __future__ import annotations

import pytest


def test_a_probe_needs_no_login_and_no_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok\n")


def test_a_probe_is_not_redirected_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 301


@pytest.mark.django_db
def test_ready_when_database_and_broker_answer(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": True}


@pytest.mark.django_db
def test_a_silent_broker_is_named(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": True, "broker": False}


def test_a_head_answer_has_no_body(client):
    response = client.head("/healthz")

    assert response.content == b""
    assert response["Content-Length"] == str(len("ok\n"))
