"""Saved views: lists under a name, one's own or shared with a group. Only the owner changes a view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from calls.columns import columns_of
from calls.filters import CallFilterForm, Chip
from calls.forms import TOO_LONG, SavedViewForm
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import CallTask, ListPreference, SavedView
from calls.models.judged import label_names
from calls.models.saved_view import moved
from calls.roles import PEOPLE

Params = ParamSpec("Params")
ViewOfOne = Callable[Concatenate[HtmxHttpRequest, SavedView, Params], HttpResponse]
STEPS = {"up": -1, "down": 1}

may_look = permission_required("calls.view_call", raise_exception=True)


def go_to(request: HtmxHttpRequest, url: str) -> HttpResponse:
    """On to another page; a dialog takes the whole page along."""
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def of_one(*, owned: bool) -> Callable[[ViewOfOne[Params]], Callable[..., HttpResponse]]:
    """Hands the view over that the address names, or says that the reader has no such view."""

    def decorator(function: ViewOfOne[Params]) -> Callable[..., HttpResponse]:
        @wraps(function)
        def wrapper(request: HtmxHttpRequest, pk: int, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            found = SavedView.objects.named(str(pk), user_of(request))
            if found is None:
                return render(request, "calls/view_gone.html", status=404)
            if owned and found.owner_id != request.user.pk:
                return render(request, "calls/view_gone.html", {"view": found}, status=403)
            return function(request, found, *args, **kwargs)

        return may_look(wrapper)

    return decorator


@require_GET
@may_look
def view_list(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    preference = ListPreference.of(user)
    views = preference.in_order(SavedView.objects.visible_to(user).distinct().select_related("owner", "group"))
    forms = forms_of(views, user)
    names = task_names_of(forms, user)
    rows = [
        {"view": view, "conditions": conditions_of(form, names), "people": people_of(view)}
        for view, form in zip(views, forms, strict=True)
    ]
    context = {"rows": rows, "default_pk": preference.default_view_id}
    return render(request, "calls/view_list.html", context)


@of_one(owned=False)
@require_GET
def view_open(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    """A short address for a message to a colleague."""
    return HttpResponseRedirect(view.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@may_look
@vary_on_headers("HX-Request")
def view_new(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    asked = CallFilterForm(query, reader=user)
    view = SavedView(owner=user, query=asked.state)
    form = SavedViewForm(user, _posted(request), instance=view)
    if request.method == "POST" and form.is_valid():
        view.columns = [column.name for column in columns_of(user, query)] if form.cleaned_data["has_columns"] else []
        if _save(form):
            _choose_default(user, view, is_default=form.cleaned_data["is_default"])
            return go_to(request, view.get_absolute_url())
    words = [chip.label for chip in asked.chips(task_names_of([asked], user))]
    context = {
        "form": form,
        "query": query.urlencode(),
        "words": [*_searched(asked), *words],
        "action": reverse("view_new"),
    }
    return _form_page(request, context, back_url=f"{reverse('call_list')}?{query.urlencode()}")


@of_one(owned=True)
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def view_change(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    user, name = user_of(request), view.name
    before = {
        "has_columns": bool(view.columns),
        "is_default": ListPreference.of(user).default_view_id == view.pk,
    }
    form = SavedViewForm(user, _posted(request), instance=view, initial=before)
    if request.method == "POST" and form.is_valid():
        kept = view.columns or [column.name for column in columns_of(user)]
        view.columns = kept if form.cleaned_data["has_columns"] else []
        if _save(form):
            _choose_default(user, view, is_default=form.cleaned_data["is_default"])
            return go_to(request, reverse("view_list"))
    # a name that was refused is no heading
    view.name = name
    return _form_page(request, {"form": form, "view": view, "action": request.path}, back_url=reverse("view_list"))


@of_one(owned=True)
@require_POST
def view_update(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    """The view asks from now on for what the reader's list asks for."""
    asked = CallFilterForm(QueryDict(request.POST.get("query", "")), reader=user_of(request))
    if asked.is_too_long:
        messages.error(request, TOO_LONG)
        return go_to(request, view.get_absolute_url())
    if not SavedView.objects.filter(pk=view.pk).update(query=asked.state, changed_at=timezone.now()):
        return render(request, "calls/view_gone.html", status=404)
    view.query = asked.state
    messages.success(request, _("“%(view)s” now shows this list.") % {"view": view})
    return go_to(request, view.get_absolute_url())


@of_one(owned=False)
@require_POST
def view_default(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    _choose_default(user_of(request), view, is_default=request.POST.get("default") == "yes")
    return go_to(request, reverse("view_list"))


@of_one(owned=False)
@require_POST
def view_move(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    """The order is the reader's own, also of shared views."""
    user = user_of(request)
    views = ListPreference.of(user).in_order(SavedView.objects.visible_to(user).distinct())
    step = STEPS.get(request.POST.get("step", ""), 0)
    ListPreference.keep(user, view_order=moved([one.pk for one in views], view.pk, step))
    return go_to(request, reverse("view_list"))


@of_one(owned=True)
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def view_delete(request: HtmxHttpRequest, view: SavedView) -> HttpResponse:
    if request.method != "POST":
        context = {"view": view, "people": people_of(view), "back_url": reverse("view_list")}
        return render(request, page_or_part(request, "calls/view_delete.html", "ask"), context)
    view.delete()
    messages.success(request, _("The view “%(view)s” is deleted. Its calls are untouched.") % {"view": view})
    return go_to(request, reverse("view_list"))


def conditions_of(form: CallFilterForm, task_names: dict[str, str]) -> list[Chip]:
    return [*(Chip(word, "", lang="zh-Hans") for word in _searched(form)), *form.chips(task_names)]


def people_of(view: SavedView) -> str:
    """Whom it is shared with, "" for nobody."""
    return str(PEOPLE.get(view.group.name, view.group.name)) if view.group else ""


def task_names_of(forms: list[CallFilterForm], reader: User) -> dict[str, str]:
    wanted = {task for form in forms for task in form.chosen.get("task", ())}
    tasks = CallTask.objects.seen_by(reader).filter(task_id__in=wanted).exclude(name="")
    return dict(tasks.values_list("task_id", "name"))


def forms_of(views: list[SavedView], reader: User) -> list[CallFilterForm]:
    """What each asks for. The names of labels are read once for all, and only when one of them asks for a label."""
    read_labels = cache(label_names)
    return [CallFilterForm(QueryDict(view.query), reader=reader, read_labels=read_labels) for view in views]


def _searched(form: CallFilterForm) -> list[str]:
    return [form.chosen["q"]] if "q" in form.chosen else []


def _posted(request: HtmxHttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _save(form: SavedViewForm) -> bool:
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        # Two windows saved the same name at once; the form's own look came too early.
        form.add_error("name", _("You have a view of this name. Choose another one."))
        return False
    return True


def _choose_default(user: User, view: SavedView, *, is_default: bool) -> None:
    if is_default:
        # somebody else may delete a shared view in this very moment
        with suppress(IntegrityError), transaction.atomic():
            ListPreference.keep(user, default_view=view)
    else:
        ListPreference.objects.filter(user=user, default_view=view).update(default_view=None)


def _form_page(request: HtmxHttpRequest, context: dict[str, Any], *, back_url: str) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    template = page_or_part(request, "calls/view_form.html", "ask")
    return render(request, template, {**context, "back_url": back_url}, status=status)
