"""What the working page of a review is made of, whichever step asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.http import HtmxHttpRequest
from calls.numbers import mask
from calls.views.call import context_of
from reviews.models import Review
from reviews.quotes import quotes_in
from reviews.reviewing.desk import Desk
from reviews.reviewing.judging import UNDO, Spent
from reviews.reviewing.progress import progress_of
from reviews.reviewing.seen import digest_of
from reviews.reviewing.tally import figure, tally_of
from reviews.scoring import Answer


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is in the way, in words, and which ways out the page offers."""

    sentence: str
    can_take_over: bool = False
    # somebody else has it: there is nothing more to do here
    is_over: bool = False
    # what the page brought is a draft all the same
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """What the toast offers to take back."""

    pk: int
    number: str
    score: str


def page_of(
    request: HtmxHttpRequest,
    desk: Desk,
    *,
    token: str = "",
    answers: Mapping[str, Answer] | None = None,
    note: str | None = None,
    spent: Spent | None = None,
    problems: Mapping[str, list[str]] | None = None,
    trouble: Trouble | None = None,
    is_ahead: bool = False,
) -> dict[str, Any]:
    """Filled with what is kept, or with what the page brought and could not be taken."""
    context = context_of(request, desk.call)
    given = desk.answers if answers is None else answers
    return {
        **context,
        **addresses_of(desk),
        **progress_words(desk, is_ahead=is_ahead),
        "desk": desk,
        "title": context["number"],
        "token": token,
        "edit": desk.edit,
        "digest": digest_of(desk.call),
        "note": desk.note if note is None else note,
        "spent": spent or spent_of(desk.review),
        "answers": given,
        "problems": problems,
        "quotes": quotes_in(context["talk"]),
        "tally": tally_of(desk.card, given),
        "trouble": trouble,
        "is_saved": desk.review is not None and answers is None,
        "undo": undo_of(desk.user),
    }


def addresses_of(desk: Desk) -> dict[str, str]:
    if desk.item is not None:
        steps = ("draft", "finish", "skip", "hold", "release", "ahead")
        urls = {f"{step}_url": reverse(f"review_{step}", kwargs={"item": desk.item.pk}) for step in steps}
        own, leave = reverse("review_view", kwargs={"item": desk.item.pk}), reverse("review_home")
    else:
        assert desk.review
        urls = {
            f"{step}_url": reverse(f"review_{step}", kwargs={"review": desk.review.pk}) for step in ("draft", "finish")
        }
        own, leave = reverse("review_edit", args=[desk.review.pk]), desk.call.get_absolute_url()
    return {
        **urls,
        "own_url": own,
        "find_url": own,
        "leave_url": leave,
        "comment_url": reverse("comment_new", args=[desk.call.pk]),
    }


def progress_words(desk: Desk, *, is_ahead: bool = False) -> dict[str, Any]:
    if desk.item is None:
        return {"progress": None, "minutes_left": None}
    progress = progress_of(desk.user, desk.item.queue)
    if is_ahead:
        # shown as soon as the one before it is finished
        progress = replace(progress, done=progress.done + 1)
    seconds = progress.seconds_left
    return {"progress": progress, "minutes_left": max(1, round(seconds / 60)) if seconds else None}


def spent_of(review: Review | None) -> Spent:
    if review is None:
        return Spent()
    return Spent(review.seconds_to_play, review.seconds_to_answer, review.seconds)


def undo_of(user: User, slack: timedelta = timedelta()) -> Undo | None:
    """What this person finished within the last ten seconds."""
    recent = Review.objects.finished().filter(reviewer=user, finished_at__gte=timezone.now() - UNDO - slack)
    review = recent.select_related("call").order_by("-finished_at", "-pk").first()
    return undo_for(review) if review else None


def undo_for(review: Review) -> Undo:
    number = mask(review.call.callee) if review.call else _("the call")
    return Undo(review.pk, number or _("the call"), figure(review.score))
