"""Planning a queue: what it draws from, which part of it, and who reviews it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, user_of
from calls.selection import Selection
from reviews.models import Queue
from reviews.models.queue import new_seed
from reviews.queues.drawing import CannotDraw, Sample, is_drawn, plan_of, sample
from reviews.queues.planning import PlanRows, QueueForm, conditions_of, plan_rows
from reviews.queues.sampling import Stratum
from reviews.views.queue import draw_and_say, plans_queues

TEMPLATE = "reviews/queue_form.html"


@dataclass(frozen=True, slots=True)
class Preview:
    """What the plan would draw now, or why it cannot."""

    sample: Sample | None = None
    plan: tuple[Stratum, ...] = ()
    problem: str = ""

    @property
    def drawn(self) -> int:
        return len(self.sample.drawn) if self.sample else 0

    @property
    def rows(self) -> list[tuple[Stratum, int, int]]:
        """Each stratum with the calls that belong to it and those that are drawn of them."""
        if self.sample is None:
            return []
        return [(one, self.sample.found_in[one.name], self.sample.drawn_in[one.name]) for one in self.plan]


@plans_queues
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def queue_new(request: HtmxHttpRequest) -> HttpResponse:
    """`question` in the address is the list that the calls come from."""
    question = CallFilterForm(QueryDict(request.GET.get("question", "")), reader=user_of(request)).state
    return _planned(request, Queue(created_by=user_of(request), question=question, seed=new_seed()))


@plans_queues
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def queue_change(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """The plan stands as soon as calls are drawn by it; everything else may change."""
    return _planned(request, get_object_or_404(Queue, pk=pk))


def _planned(request: HtmxHttpRequest, queue: Queue) -> HttpResponse:
    user = user_of(request)
    posted = request.POST if request.method == "POST" else None
    stands = queue.pk is not None and is_drawn(queue)
    before = {"question": queue.question, "seed": queue.seed, "view": queue.view_id}
    form = QueueForm(user, posted, instance=queue, initial=before)
    rows = None if stands else plan_rows(user, posted, queue if queue.pk else None, more="more" in request.POST)
    asks_only = posted is None or "more" in posted or "look" in posted or bool(request.htmx)
    preview = None if rows is None else _preview(form, rows, user)
    is_valid = posted is not None and form.is_valid() and (rows is None or rows.is_valid())
    if is_valid and not asks_only and not (preview and preview.problem) and _keep(request, form, rows):
        return redirect(form.instance)
    selection = Selection(form.asked, reader=user)
    context = {
        "form": form,
        "rows": rows,
        "preview": preview,
        "plan": plan_of(queue) if stands else [],
        "action": request.path,
        "selection": selection,
        "conditions": conditions_of(selection),
        "is_new": queue.pk is None,
    }
    if request.htmx and request.htmx.target == "preview":
        return render(request, f"{TEMPLATE}#preview", context)
    return render(request, TEMPLATE, context, status=200 if asks_only else 422)


def _preview(form: QueueForm, rows: PlanRows, user: User) -> Preview | None:
    """None while the rows cannot be read: each says itself why."""
    if rows.is_bound:
        form.is_valid()
        if not rows.is_valid():
            return None
        question, seed = form.chosen_question, form.cleaned_data["seed"]
        plan = [Stratum.from_json(row) for row in rows.rows()]
    else:
        queue = form.instance
        question, seed = queue.question, queue.seed
        plan = plan_of(queue) if queue.pk else [Stratum(_("Any call"), 0.1)]
    try:
        return Preview(sample(question, plan, seed, user), tuple(plan))
    except CannotDraw as error:
        return Preview(problem=str(error))


def _keep(request: HtmxHttpRequest, form: QueueForm, rows: PlanRows | None) -> bool:
    plan = None if rows is None else rows.rows()
    try:
        with transaction.atomic():
            if plan is not None and _is_drawn_by_now(form.instance):
                # asked once more since the form was read, and nobody draws until this is through
                form.add_error(
                    None, _("Calls were drawn in this very moment, so the plan stands. Save the rest again.")
                )
                return False
            queue = form.keep(plan)
    except IntegrityError:
        # Two people gave the same name at once; the form's own look came too early.
        form.add_error("name", _("There is a queue of this name. Choose another one."))
        return False
    if plan:
        draw_and_say(request, queue)
    return True


def _is_drawn_by_now(queue: Queue) -> bool:
    if queue.pk is None:
        return False
    Queue.objects.select_for_update(no_key=True).filter(pk=queue.pk).first()
    return is_drawn(queue)
