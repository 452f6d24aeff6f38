"""Calls from the list into a queue, by hand: ticked ones, or everything that matches."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from calls.http import HtmxHttpRequest, back_to_list, user_of
from calls.models import BulkAction
from calls.selection import Selection
from calls.slices import Impossible
from reviews.models import Queue, Scorecard, ScorecardVersion
from reviews.queues.picking import AT_ONCE, MOST, ask_pick, asked_before
from reviews.queues.planning import conditions_of
from reviews.views.queue import plans_queues
from reviews.vocabulary import QueueState

NAME_TAKEN = gettext_lazy("There is a queue of this name. Choose another one.")


class PickForm(forms.Form):
    """Into which queue: one that is there, or a new one."""

    queue = forms.ModelChoiceField(
        Queue.objects.none(), required=False, label=gettext_lazy("Queue"), empty_label=gettext_lazy("A new one")
    )
    name = forms.CharField(required=False, max_length=80, label=pgettext_lazy("queue", "Name"))
    scorecard = forms.ModelChoiceField(Scorecard.objects.none(), required=False, label=gettext_lazy("Scorecard"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        queues = Queue.objects.exclude(state=QueueState.CLOSED).filter(calibration=None)
        published = ScorecardVersion.objects.published().values("scorecard")
        self.fields["queue"].queryset = queues  # type: ignore[attr-defined]
        self.fields["scorecard"].queryset = Scorecard.objects.filter(pk__in=published)  # type: ignore[attr-defined]
        self.initial.setdefault("queue", queues.first())
        self.initial.setdefault("scorecard", Scorecard.objects.filter(pk__in=published).first())
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}

    def clean(self) -> None:
        super().clean()
        if self.errors or self.cleaned_data["queue"]:
            return
        name = self.cleaned_data["name"]
        if not name:
            self.add_error("name", _("Give the queue a name."))
        elif Queue.objects.filter(name=name).exists():
            self.add_error("name", NAME_TAKEN)
        if not self.cleaned_data["scorecard"]:
            self.add_error("scorecard", _("Choose the scorecard that the calls are reviewed with."))

    def chosen(self, user: User) -> Queue:
        """The one that was chosen; a new one is made. ValidationError when somebody else was quicker with the name."""
        if queue := self.cleaned_data["queue"]:
            return queue  # type: ignore[no-any-return]
        new = {"scorecard": self.cleaned_data["scorecard"], "created_by": user}
        queue, is_new = Queue.objects.get_or_create(name=self.cleaned_data["name"], defaults=new)
        if not is_new and (queue.created_by, queue.scorecard) != (user, new["scorecard"]):
            raise ValidationError({"name": NAME_TAKEN})
        return queue


@plans_queues
@require_POST
def queue_add(request: HtmxHttpRequest) -> HttpResponse:
    """First the question into which queue; with `asked` it is done."""
    try:
        selection = Selection.posted(request.POST, user_of(request))
    except ValidationError as error:
        return back_to_list(request, error)
    count = selection.count()
    if count == 0:
        return back_to_list(request, ValidationError(_("No call matches any more. There is nothing to add.")))
    if count > MOST:
        text = _("At most %(count)s calls can be added at once. Ask for fewer days, or for fewer tasks.")
        return back_to_list(request, ValidationError(text % {"count": f"{MOST:,}"}))
    form = PickForm(request.POST if "asked" in request.POST else None)
    action = _asked(form, selection, count, user_of(request)) if form.is_bound else None
    if action is not None:
        return _told(request, action)
    context = {"form": form, "selection": selection, "count": count, "conditions": conditions_of(selection)}
    context |= {"takes_long": count > AT_ONCE}
    return render(request, "reviews/queue_add.html", context, status=422 if form.is_bound else 200)


def _asked(form: PickForm, selection: Selection, count: int, user: User) -> BulkAction | None:
    """None when something is wrong, which the form says then. A new queue goes with what was to be put into it."""
    if not form.is_valid():
        return asked_before(form.data.get("name", ""), selection, user) if form.has_error("name") else None
    try:
        with transaction.atomic():
            return ask_pick(form.chosen(user), selection, count=count, asked_by=user)
    except ValidationError as error:
        form.add_error(None, error)
    except Impossible as error:
        form.add_error("queue", _(str(error)))
    return None


def _told(request: HtmxHttpRequest, action: BulkAction) -> HttpResponse:
    if not action.finished_at:
        return redirect(action)
    text = ngettext("%(count)s call was added.", "%(count)s calls were added.", action.affected)
    if action.affected:
        messages.success(request, text % {"count": f"{action.affected:,}"})
    else:
        messages.info(request, _("No call was added: they are in the queue already, or gone."))
    return redirect("queue_view", action.queue)
