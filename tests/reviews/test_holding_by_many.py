"""Ten reviewers, each a process, over one queue of five hundred: nothing twice, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import F

from calls.models import Call
from reviews.models import Queue, QueueItem, Review
from reviews.vocabulary import ItemState, Purpose
from tests.builders import make_call
from tests.reviews.builders import make_queue
from tests.workers import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)
REVIEWERS, ITEMS = 10, 500


def make_items(queue: Queue, call: Call) -> None:
    """Five hundred at once: of the call only its being there matters."""
    QueueItem.objects.bulk_create(
        QueueItem(queue=queue, call=call, source=call.source, key=str(number), place=number) for number in range(ITEMS)
    )


def make_people() -> list[User]:
    people = User.objects.bulk_create(User(username=f"reviewer{number}") for number in range(REVIEWERS))
    for person in people:
        person.groups.add(Group.objects.get(name="Reviewer"))
    return people


def everybody_reviews(people: list[User], folder: Path) -> None:
    """Until nothing waits; what a process complains about is in the error."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url()}
    env["DATA_DIR"] = str(folder)
    command = [sys.executable, "-W", "error", "-m", "tests.reviews.reviewer"]
    running = [
        subprocess.Popen([*command, person.username], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        for person in people
    ]
    complaints = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * len(people), "\n".join(complaints)


def test_ten_reviewers_share_five_hundred_items(tmp_path: Path):
    people = make_people()
    queue = make_queue(second_share=0.1)
    make_items(queue, make_call())

    everybody_reviews(people, tmp_path)

    firsts = Review.objects.finished().filter(purpose=Purpose.FIRST)
    assert Counter(firsts.values_list("item__key", flat=True)) == {str(number): 1 for number in range(ITEMS)}
    assert not QueueItem.objects.exclude(state=ItemState.DONE).exists()
    # nobody reviewed so many that the others had nothing to do, and nobody got their own second opinion
    assert firsts.values("reviewer").distinct().count() > 1
    seconds = Review.objects.filter(purpose=Purpose.SECOND)
    assert 20 < seconds.count() < 100
    assert not seconds.filter(item__second_of__reviews__reviewer=F("reviewer")).exists()
