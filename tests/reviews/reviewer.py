"""One reviewer as a process of its own: takes what waits until all is done, now and then changing their mind.

python -m tests.reviews.reviewer USERNAME [SECONDS]
"""

from __future__ import annotations

import random
import sys
import time

import django


def main(name: str, seconds: float) -> None:
    django.setup()
    from django.contrib.auth.models import User

    from reviews.models import QueueItem
    from reviews.reviewing.holding import release, take_next

    user, chance, deadline = User.objects.get(username=name), random.Random(name), time.monotonic() + seconds
    while time.monotonic() < deadline:
        if item := take_next(user):
            if chance.random() < 0.05:
                release(item, item.token)
            else:
                finish(item, user)
        elif not QueueItem.objects.waiting().exists():
            return
        else:
            time.sleep(0.01)  # somebody may let go of what they hold
    sys.exit("not all was done in time")


def finish(item, user):
    """A review and its end in one transaction, as the page does it; a second review of an item would not be saved."""
    from django.db import transaction
    from django.utils import timezone

    from reviews.models import Review
    from reviews.reviewing.holding import close
    from reviews.vocabulary import Purpose, ReviewState

    with transaction.atomic():
        close(item, item.token)
        Review.objects.create(
            call=item.call,
            source=item.source,
            key=item.key,
            placed_at=timezone.now(),
            item=item,
            version=item.queue.scorecard.versions.get(),
            purpose=Purpose.SECOND if item.second_of_id else Purpose.FIRST,
            reviewer=user,
            state=ReviewState.FINISHED,
            finished_at=timezone.now(),
        )


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 240)
