"""Django's admin under our content security policy, which allows nothing inline."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.builders import make_call

PASSWORD = "a long enough password"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser finds fault with; a refused inline style is an error in its console."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_the_admin_works_under_the_strict_policy(live_server, page, complaints):
    User.objects.create_superuser("ada", password=PASSWORD)
    make_call()
    page.goto(f"{live_server.url}/admin/")
    page.locator("[name=username]").fill("ada")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#site-name")).to_be_visible()

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page.goto(live_server.url + reverse(f"{name}_changelist"))
        expect(page.locator("#changelist")).to_be_visible()
        if found := model._default_manager.first():
            page.goto(live_server.url + reverse(f"{name}_change", args=[found.pk]))
            expect(page.locator("#content-main")).to_be_visible()

    assert complaints == []


def test_a_user_is_made_in_the_admin(live_server, page, complaints):
    User.objects.create_superuser("ada", password=PASSWORD)
    page.goto(f"{live_server.url}/admin/login/?next=/admin/auth/user/add/")
    page.locator("[name=username]").fill("ada")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#id_password1")).to_be_visible()  # the sign-in page asks for a name too

    page.locator("#id_username").fill("rui")
    page.locator("#id_password1").fill("quite another password")
    page.locator("#id_password2").fill("quite another password")
    page.locator("[name=_save]").click()
    # choosing a group is the admin's most scripted widget
    page.locator("#id_groups_from option", has_text="Reviewer").dblclick()
    expect(page.locator("#id_groups_to option", has_text="Reviewer")).to_be_attached()
    page.locator("[name=_save]").click()
    page.wait_for_url("**/admin/auth/user/")

    expect(page.locator(".success")).to_be_visible()
    assert User.objects.get(username="rui").groups.get().name == "Reviewer"
    assert complaints == []
