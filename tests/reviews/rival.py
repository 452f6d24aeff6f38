"""One person's browser as a process of its own: sends what it is told to, a line at a time, and says what came of it.

python -m tests.reviews.rival USERNAME
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import django


def main(name: str) -> None:
    django.setup()
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(User.objects.get(username=name))
    say("ready")
    for line in sys.stdin:
        say(act(client, json.loads(line)))


def say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def act(client: Any, what: dict[str, Any]) -> tuple[int, str]:
    """Status and page. No page deletes a call: whoever runs the house does."""
    if "delete" in what:
        delete(what["delete"], what.get("once_saved"))
        return 200, ""
    if item := what.get("once_saved"):
        wait_for_answers(item)
    if address := what.get("get"):
        answer = client.get(address)
        return answer.status_code, answer.content.decode()
    answer = client.post(what["post"], what["form"], headers=what.get("headers", {}), follow=True)
    return answer.status_code, answer.content.decode()


def delete(call: int, item: int | None) -> None:
    """Right away, or in the moment in which the answers of this item are saved: they are being finished then."""
    from calls.models import Call

    if item:
        wait_for_answers(item)
    Call.objects.filter(pk=call).delete()


def wait_for_answers(item: int) -> None:
    from reviews.models import Mark

    deadline = time.monotonic() + 120
    while not Mark.objects.filter(review__item=item).exists():
        if time.monotonic() > deadline:
            sys.exit("nobody saves a draft")


if __name__ == "__main__":
    main(sys.argv[1])
