"""A scorecard to begin with: empty, a ready one, a copy, or from a file."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from calls.http import user_of
from reviews import exchange, ready
from reviews.models import Scorecard
from reviews.scoring import Card
from reviews.views.scorecards import may_manage

EMPTY = "empty"


class NewForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("scorecard", "Name"), max_length=exchange.LONGEST_NAME)
    start = forms.ChoiceField(label=gettext_lazy("Begin with"), widget=forms.RadioSelect)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        start = self.fields["start"]
        assert isinstance(start, forms.ChoiceField)
        start.choices = [
            (EMPTY, _("An empty form")),
            *((f"{one.key}.{one.language}", one.name) for one in ready.READY),
            *((str(one.pk), _("A copy of “%(name)s”") % {"name": one.name}) for one in Scorecard.objects.all()),
        ]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Scorecard.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a scorecard of this name. Choose another name, or edit that one."))
        return name

    def card(self) -> Card:
        start = self.cleaned_data["start"]
        if start == EMPTY:
            return ready.empty_card()
        if start.isdecimal():
            copied = Scorecard.objects.filter(pk=start).first()
            newest = copied.newest if copied else None
            return newest.card if newest else ready.empty_card()
        found = ready.ready_named(*start.split(".", 1))
        assert found
        return found.card


class ImportForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        max_length=exchange.LONGEST_FILE,
    )
    name = forms.CharField(
        label=gettext_lazy("Another name"),
        required=False,
        max_length=exchange.LONGEST_NAME,
        help_text=gettext_lazy("Empty: the name in the file."),
    )

    def clean(self) -> None:
        super().clean()
        if not self.errors and not self.cleaned_data.get("file") and not self.cleaned_data.get("text"):
            self.add_error("file", _("Choose a file or paste its text."))

    def raw(self) -> bytes:
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data["text"]).encode()
        # one byte more than is allowed, so that reading can say it
        return bytes(file.read(exchange.LONGEST_FILE + 1))


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_new(request: HttpRequest) -> HttpResponse:
    wanted = ready.ready_named(*request.GET.get("start", "").partition(".")[::2])
    initial = {"start": request.GET.get("start") or EMPTY, "name": _free(wanted.name) if wanted else ""}
    form = NewForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        scorecard = _make(request, form.cleaned_data["name"], form.card())
        if scorecard:
            return redirect("scorecard_edit", scorecard.pk)
        form.add_error("name", _("Somebody has just taken this name. Choose another."))
    return render(request, "reviews/scorecard_new.html", {"form": form}, status=422 if form.errors else 200)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_import(request: HttpRequest) -> HttpResponse:
    """A new scorecard, or the next draft of the one of this name."""
    is_sent = request.method == "POST"
    form = ImportForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    brought = exchange.Brought()
    if is_sent and form.is_valid():
        brought = exchange.read(form.raw())
        name = form.cleaned_data["name"].strip() or brought.name
        if brought.card:
            scorecard = _make(request, name, brought.card) or _next_draft(request, name, brought.card)
            if scorecard:
                messages.success(request, _("Imported as a draft. Look at it before you publish it."))
                return redirect("scorecard_edit", scorecard.pk)
            taken = _("“%(name)s” has a draft already. Publish or discard it first, or give this another name.")
            form.add_error("name", taken % {"name": name})
    failed = bool(form.errors or brought.problems)
    context = {"form": form, "problems": brought.problems[:50], "count": len(brought.problems)}
    return render(request, "reviews/scorecard_import.html", context, status=422 if failed else 200)


def _make(request: HttpRequest, name: str, card: Card) -> Scorecard | None:
    """None when the name is taken."""
    user = user_of(request)
    try:
        with transaction.atomic():
            scorecard = Scorecard.objects.create(name=name, created_by=user)
            scorecard.write_draft(card, user, seen=scorecard.stamp)
    except IntegrityError:
        return None
    return scorecard


def _next_draft(request: HttpRequest, name: str, card: Card) -> Scorecard | None:
    """None when it has a draft already."""
    scorecard = Scorecard.objects.filter(name=name).first()
    if scorecard is None or scorecard.draft is not None:
        return None
    is_written = scorecard.write_draft(card, user_of(request), seen=f"{scorecard.next_number}.0")
    return scorecard if is_written else None


def _free(name: str) -> str:
    """The name, with a number when it is taken."""
    taken = set(Scorecard.objects.filter(name__startswith=name).values_list("name", flat=True))
    candidates = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if one not in taken)
