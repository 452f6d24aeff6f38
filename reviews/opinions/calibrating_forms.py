"""What is asked before a calibration is planned, and what the page of agreement is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.models import Call
from reviews.models import Queue, Scorecard
from reviews.opinions.calibrating import MOST_PEOPLE, who_may_not_see
from reviews.opinions.people import who_may
from reviews.vocabulary import VersionState


class CalibrationForm(forms.Form):
    name = forms.CharField(
        max_length=80, label=pgettext_lazy("calibration", "Name"), widget=forms.TextInput({"class": "input"})
    )
    scorecard = forms.ModelChoiceField(Scorecard.objects.none(), label=gettext_lazy("Scorecard"))
    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label=gettext_lazy("Who takes part"), widget=forms.CheckboxSelectMultiple
    )
    expert = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Expert"),
        help_text=gettext_lazy("Whose answers the others are compared with."),
    )
    due = forms.DateField(
        required=False, label=gettext_lazy("Due"), widget=forms.DateInput({"type": "date", "class": "input"})
    )

    def __init__(self, calls: Sequence[Call], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls = calls
        able = who_may("reviews.review_call")
        published = Scorecard.objects.filter(versions__state=VersionState.PUBLISHED)
        for name, choices in {"people": able, "expert": able, "scorecard": published}.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = choices

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Queue.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a queue of this name. Choose another one."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        people, expert = list(cleaned.get("people") or []), cleaned.get("expert")
        if self.errors or expert is None:
            return cleaned
        if len(people) > MOST_PEOPLE:
            self.add_error("people", _("At most %(most)s people take part.") % {"most": MOST_PEOPLE})
        if not any(person.pk != expert.pk for person in people):
            self.add_error("people", _("Choose at least one person beside the expert."))
        for person, task_id in who_may_not_see([*people, expert], self.calls):
            words = {"name": person.get_username(), "task": task_id}
            self.add_error("people", _("%(name)s may not see calls of task %(task)s.") % words)
        return cleaned

    @property
    def due_at(self) -> datetime | None:
        """The end of the day that was chosen."""
        day = self.cleaned_data["due"]
        return timezone.make_aware(datetime.combine(day, time(23, 59))) if day else None


class AgreementForm(forms.Form):
    """Every field is a key of the query string; a bad value narrows nothing."""

    against = forms.ChoiceField(
        required=False,
        choices=[("second", gettext_lazy("Second opinions")), ("expert", gettext_lazy("Expert's answers"))],
        label=gettext_lazy("What is compared"),
    )
    scorecard = forms.ModelChoiceField(
        Scorecard.objects.all(),
        required=False,
        label=gettext_lazy("Scorecard"),
        empty_label=gettext_lazy("Every scorecard"),
    )
    reviewer = forms.ModelChoiceField(
        User.objects.filter(reviews__isnull=False).distinct().order_by("username"),
        required=False,
        label=gettext_lazy("Reviewer"),
        empty_label=gettext_lazy("Everybody"),
    )
    finished_since = forms.DateField(
        required=False, label=gettext_lazy("Finished since"), widget=forms.DateInput({"type": "date"})
    )
    finished_until = forms.DateField(
        required=False, label=gettext_lazy("Until"), widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_valid()

    @property
    def is_against_expert(self) -> bool:
        return self.cleaned_data.get("against") == "expert"

    def narrowed(self) -> Q:
        """About the second opinion, or about the review that is held against the expert's."""
        chosen, asked = self.cleaned_data, Q()
        if scorecard := chosen.get("scorecard"):
            asked &= Q(version__scorecard=scorecard)
        if since := chosen.get("finished_since"):
            asked &= Q(finished_at__date__gte=since)
        if until := chosen.get("finished_until"):
            asked &= Q(finished_at__date__lte=until)
        return asked

    def passed_on(self) -> dict[str, str]:
        """The same question in the words of the list of reviews."""
        values = {
            name: self.data.get(name, "") for name in ("scorecard", "reviewer", "finished_since", "finished_until")
        }
        return {name: value for name, value in values.items() if value and name not in self.errors}
