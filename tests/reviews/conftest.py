from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

# Rong reviews, too: opinions need two.


@pytest.fixture
def rong(db: None) -> User:
    user = User.objects.create_user("rong", password="a long enough password")
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


@pytest.fixture
def rong_client(rong: User) -> Client:
    client = Client()
    client.force_login(rong)
    return client


@pytest.fixture(autouse=True)
def nothing_is_kept_from_another_test() -> None:
    """Boards are kept for a minute, and every test has the same readers."""
    cache.clear()
