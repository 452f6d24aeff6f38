"""Calls from the list into a queue, by hand: ticked ones, or everything that matches."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from calls.http import HtmxHttpRequest, user_of
from calls.selection import Selection
from reviews.models import Queue, Scorecard, ScorecardVersion
from reviews.queues.drawing import CannotDraw, pick
from reviews.queues.planning import conditions_of
from reviews.views.queue import plans_queues
from reviews.vocabulary import QueueState


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
            self.add_error("name", _("There is a queue of this name. Choose another one."))
        if not self.cleaned_data["scorecard"]:
            self.add_error("scorecard", _("Choose the scorecard that the calls are reviewed with."))


@plans_queues
@require_POST
def queue_add(request: HtmxHttpRequest) -> HttpResponse:
    """First the question into which queue; with `asked` it is done."""
    try:
        selection = Selection.posted(request.POST, user_of(request))
    except ValidationError as error:
        return _back(request, " ".join(error.messages))
    count = selection.count()
    if count == 0:
        return _back(request, _("No call matches any more. There is nothing to add."))
    form = PickForm(request.POST if "asked" in request.POST else None)
    if form.is_valid():
        try:
            return _added(request, form, selection)
        except CannotDraw as error:
            form.add_error(None, str(error))
    context = {"form": form, "selection": selection, "count": count, "conditions": conditions_of(selection)}
    return render(request, "reviews/queue_add.html", context, status=422 if form.is_bound else 200)


def _added(request: HtmxHttpRequest, form: PickForm, selection: Selection) -> HttpResponse:
    user, chosen = user_of(request), form.cleaned_data
    queue, is_new = chosen["queue"], False
    if queue is None:
        queue, is_new = Queue.objects.get_or_create(
            name=chosen["name"], defaults={"scorecard": chosen["scorecard"], "created_by": user}
        )
    try:
        added = pick(queue, selection, user)
    except CannotDraw:
        if is_new:
            # its name is wanted for the next try
            Queue.objects.filter(pk=queue.pk, items=None).delete()
        raise
    text = ngettext("%(count)s call was added.", "%(count)s calls were added.", added) % {"count": f"{added:,}"}
    if added:
        messages.success(request, text)
    else:
        messages.info(request, _("All of these calls are in the queue already."))
    return redirect(queue)


def _back(request: HtmxHttpRequest, sentence: str) -> HttpResponse:
    """To the list that the selection came from, with the reason why nothing was done."""
    messages.warning(request, sentence)
    try:
        return HttpResponseRedirect(Selection.listed(request.POST, user_of(request)).list_url)
    except ValidationError:
        return redirect("call_list")
