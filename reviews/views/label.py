"""The team's own labels: their names, and which calls carry them."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from calls.models.scope import in_scope
from reviews.models import Label
from reviews.models.judged import CallGone
from reviews.opinions import labelling
from reviews.opinions.talking_forms import LabelForm
from reviews.views.people import people_page

may_label = permission_required("reviews.label_call", raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@may_label
def label_list(request: HtmxHttpRequest) -> HttpResponse:
    """All labels; whoever keeps them adds one here."""
    form = LabelForm(request.POST if request.method == "POST" else None, instance=Label(created_by=user_of(request)))
    if request.method == "POST":
        _only_with(request, "reviews.add_label")
        if _is_kept(form):
            return redirect("label_list")
    # as many as the link finds: calls that are gone keep their label
    found = in_scope(user_of(request), "labelled__") & Q(labelled__call__isnull=False)
    labels = Label.objects.annotate(calls=Count("labelled", filter=found))
    labels = labels.order_by(F("retired_at").asc(nulls_first=True), "name")
    return render(request, "reviews/label_list.html", {"form": form, "labels": labels}, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("reviews.change_label", raise_exception=True)
def label_change(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Another name, or: retire it and bring it back."""
    label = get_object_or_404(Label, pk=pk)
    if "retired" in request.POST:
        label.retired_at = timezone.now() if request.POST["retired"] == "yes" else None
        label.save(update_fields=["retired_at"])
        return redirect("label_list")
    form = LabelForm(request.POST if request.method == "POST" else None, instance=label)
    if request.method == "POST" and _is_kept(form):
        return redirect("label_list")
    return render(request, "reviews/label_change.html", {"form": form, "label": label}, status=_status(form))


@require_POST
@may_label
def call_labels(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Put a label on this call or take it off."""
    user = user_of(request)
    call = get_object_or_404(Call.objects.seen_by(user), pk=pk)
    problem = _labelled(call, request.POST.get("label", ""), user, on=request.POST.get("on") != "no")
    if request.htmx or problem:
        return people_page(request, call, problem)
    return redirect("call_people", call.pk)


def _labelled(call: Call, chosen: str, by: User, *, on: bool) -> str:
    """Does it, or says why not."""
    is_number = chosen.isascii() and chosen.isdecimal() and len(chosen) < 19
    label = Label.objects.filter(pk=int(chosen)).first() if is_number else None
    if label is None:
        return _("This label is not there any more. Choose another one.")
    if not on:
        labelling.take_off(call, label)
    elif label.retired_at:
        return _("“%(label)s” is retired. Choose another label.") % {"label": label}
    else:
        try:
            labelling.put_on(call, label, by)
        except CallGone:
            return _("This call is gone: it was deleted here in the meantime.")
    return ""


def _only_with(request: HtmxHttpRequest, permission: str) -> None:
    if not user_of(request).has_perm(permission):
        raise PermissionDenied


def _is_kept(form: LabelForm) -> bool:
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        # two people added the same word at once
        form.add_error("name", _("There is a label of this name. It may be retired."))
        return False
    return True


def _status(form: LabelForm) -> int:
    return 422 if form.errors else 200
