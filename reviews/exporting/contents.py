"""Reviews as an export holds them: decided by the worker, with the rights that whoever asked has by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.columns import Cell
from calls.exporting import Content, Exported, Impossible, ask_file
from calls.exporting.listed import NOT_UNDERSTOOD
from calls.models import BulkAction
from calls.models.scope import task_words_of
from calls.vocabulary import ExportFormat, JobKind
from reviews.exporting.answers import answers_of, with_calls
from reviews.exporting.columns import Asked, asked_in, heads_of, row_of, versions_of
from reviews.finding import ReviewFilterForm
from reviews.finding.choices import names_for
from reviews.finding.paging import chunks_of
from reviews.finding.rows import task_names
from reviews.models import Review, ScorecardVersion
from reviews.models.review import ReviewQuerySet

MAY = ("calls.view_call", "reviews.review_call", "reviews.export_review")
NOT_ALLOWED = gettext_noop("Whoever asked for this export may not export reviews any more.")


def ask_export(
    form: ReviewFilterForm, *, count: int, format: ExportFormat, wants_numbers: bool, asked_by: User
) -> BulkAction:
    """Have a worker write the reviews of this list to a file."""
    wish = BulkAction(
        kind=JobKind.EXPORT_REVIEWS,
        question=form.question,
        format=format,
        wants_numbers=wants_numbers,
        expected=count,
    )
    return ask_file(wish, asked_by)


def exported() -> Exported:
    return Exported(_content_of, _may_export, _conditions_of)


def _content_of(action: BulkAction) -> Content:
    user = action.asked_by
    if user is None or not user.is_active or not _may_export(user):
        raise Impossible(NOT_ALLOWED)
    form = _form_of(action)
    if form.errors:
        raise Impossible(NOT_UNDERSTOOD)
    reviews = form.narrow(_shown_to(user))
    # thousands of reviews share a version: its content is read once
    versions = versions_of(reviews)
    asked = asked_in(versions)
    shows_numbers = action.wants_numbers and user.has_perm("calls.view_numbers")
    closable: list[int] = []
    holds = {
        "has_numbers": shows_numbers,
        "has_others": user.has_perm("reviews.see_reviews"),
        "closable": closable,
        "within": task_words_of(user),
    }
    chunks = _noted(chunks_of(with_calls(reviews)), user, closable)
    return Content(_("Reviews"), heads_of(asked), _slices(chunks, asked, versions, shows_numbers), holds)


def _noted(chunks: Iterator[list[Review]], user: User, closable: list[int]) -> Iterator[list[Review]]:
    """The chunks; `closable` gathers the numbers of what others wrote."""
    for chunk in chunks:
        closable += [review.pk for review in chunk if review.reviewer_id != user.pk]
        yield chunk


def _slices(
    chunks: Iterator[list[Review]],
    asked: Sequence[Asked],
    versions: Mapping[int, ScorecardVersion],
    shows_numbers: bool,
) -> Iterator[list[list[Cell]]]:
    for chunk in chunks:
        tasks, answers = task_names(chunk), answers_of(chunk)
        for review in chunk:
            if review.version_id in versions:  # else it was finished just now, as the first with a new version
                review.version = versions[review.version_id]
        yield [row_of(review, answers[review.pk], asked, tasks, shows_numbers=shows_numbers) for review in chunk]


def _may_export(user: User) -> bool:
    return user.has_perms(MAY)


def _conditions_of(action: BulkAction, reader: User) -> list[str]:
    form = _form_of(action)
    return [chip.label for chip in names_for(reader, _shown_to(reader), form).chips(form)]


def _form_of(action: BulkAction) -> ReviewFilterForm:
    return ReviewFilterForm(QueryDict(action.question))


def _shown_to(user: User) -> ReviewQuerySet:
    reviews: ReviewQuerySet = Review.objects.visible_to(user).finished()
    return reviews
