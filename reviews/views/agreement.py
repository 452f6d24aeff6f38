"""How far people agree, criterion by criterion and two by two, with the reviews behind every figure."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calls.http import HtmxHttpRequest, user_of
from reviews.opinions.agreement import FEW
from reviews.opinions.calibrating_forms import AgreementForm
from reviews.opinions.comparing import (
    MOST_PAIRS,
    Compared,
    against_expert,
    by_criterion,
    by_people,
    compared,
    second_opinions,
)
from reviews.vocabulary import Purpose

MOST_SHOWN = 200


@require_GET
@permission_required("reviews.see_reviews", raise_exception=True)
def agreement(request: HtmxHttpRequest) -> HttpResponse:
    user, form = user_of(request), AgreementForm(request.GET)
    pairs = (against_expert if form.is_against_expert else second_opinions)(user, form.narrowed())
    if reviewer := form.cleaned_data.get("reviewer"):
        pairs = [pair for pair in pairs if reviewer in (pair.first.reviewer, pair.second.reviewer)]
    answers = compared(pairs)
    chosen = _chosen(request, answers)
    purpose = Purpose.CALIBRATION if form.is_against_expert else Purpose.SECOND
    context = {
        "form": form,
        "few": FEW,
        "pairs": len(pairs),
        "is_cut": len(pairs) >= MOST_PAIRS,
        "most_pairs": MOST_PAIRS,
        "criteria": by_criterion(answers),
        "people": by_people(chosen),
        "differing": [one for one in chosen if not one.is_same][:MOST_SHOWN],
        "criterion": request.GET.get("criterion", ""),
        "people_key": request.GET.get("people", ""),
        "question": urlencode(form.passed_on() | ({"against": "expert"} if form.is_against_expert else {})),
        "behind": urlencode(form.passed_on() | {"purpose": purpose.value}),
    }
    return render(request, "reviews/agreement.html", context)


def _chosen(request: HtmxHttpRequest, answers: list[Compared]) -> list[Compared]:
    """Those of the criterion and of the two people that were clicked on."""
    criterion, people = request.GET.get("criterion", ""), request.GET.get("people", "")
    if criterion:
        answers = [one for one in answers if one.criterion.key == criterion]
    if people:
        answers = [one for one in answers if one.people == people]
    return answers
