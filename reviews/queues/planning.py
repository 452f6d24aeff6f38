"""The forms that a queue is planned with: the queue, and the rows of its plan."""

from __future__ import annotations

import string
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.filters import CallFilterForm
from calls.models import CallTask, SavedView
from calls.models.scope import in_scope
from calls.selection import Selection
from reviews.models import Queue, Scorecard, ScorecardVersion
from reviews.models.queue import new_seed
from reviews.queues.sampling import PICKED, Stratum

MOST_STRATA = 8
LONGEST_NAME = 80
LONGEST_SEED = 32
# the one that knows permissions
BACKEND = "django.contrib.auth.backends.ModelBackend"
# the words between intents, in both languages
COMMAS = str.maketrans("，、;；", ",,,,")


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]
    """Everything but the plan's rows. `seed` travels along, so that what is previewed is what will be drawn."""

    view = forms.ModelChoiceField(SavedView.objects.none(), required=False, label=gettext_lazy("Calls"))
    question = forms.CharField(required=False, widget=forms.HiddenInput)
    seed = forms.CharField(required=False, widget=forms.HiddenInput)
    second_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=5,
        label=gettext_lazy("Second opinions, %"),
        help_text=gettext_lazy("So many of the calls are reviewed blindly by a second person."),
    )

    class Meta:
        model = Queue
        fields = ("name", "scorecard", "quota", "reviewers", "is_live")
        labels = {
            "name": pgettext_lazy("queue", "Name"),
            "quota": gettext_lazy("At most so many calls for each reviewer"),
            "is_live": gettext_lazy("Keep drawing from the calls that come in"),
        }
        help_texts = {
            "quota": gettext_lazy("Leave it empty for as many as there are."),
            "reviewers": gettext_lazy("Tick nobody, and everybody who may review works on it."),
        }
        error_messages = {
            "name": {
                "required": gettext_lazy("Give the queue a name."),
                "unique": gettext_lazy("There is a queue of this name. Choose another one."),
            },
            "scorecard": {"required": gettext_lazy("Choose the scorecard that the calls are reviewed with.")},
        }
        widgets = {"reviewers": forms.CheckboxSelectMultiple}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        published = ScorecardVersion.objects.published().values("scorecard")
        self._field("scorecard").queryset = scorecards = Scorecard.objects.filter(pk__in=published)
        if not self.instance.scorecard_id and len(scorecards) == 1:
            self.initial["scorecard"] = scorecards[0].pk
        self._field("reviewers").queryset = reviewers()
        self._field("view").queryset = SavedView.objects.visible_to(user).distinct()
        self._field("view").empty_label = _("The list you came from") if self.asked else _("Every call")
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}
        self.fields["quota"].min_value = 1  # type: ignore[attr-defined]
        if self.instance.pk and not self.is_bound:
            self.initial["second_percent"] = round(self.instance.second_share * 100)

    def _field(self, name: str) -> forms.ModelChoiceField:  # type: ignore[type-arg]
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field

    @property
    def asked(self) -> str:
        """The question that the page was opened with."""
        return str(self["question"].value() or "")

    def clean_quota(self) -> int | None:
        quota: int | None = self.cleaned_data["quota"]
        if quota == 0:
            raise forms.ValidationError(_("At least one call, or nothing for as many as there are."))
        return quota

    def clean_question(self) -> str:
        """Only what the filters understand."""
        asked = CallFilterForm(QueryDict(self.cleaned_data["question"]), reader=self.user)
        if asked.is_too_long:
            raise forms.ValidationError(_("This question is too long. Use fewer filters."))
        return asked.state

    def clean_seed(self) -> str:
        """Only what we made ourselves; anything else gets a new one."""
        seed: str = self.cleaned_data["seed"]
        is_ours = len(seed) == LONGEST_SEED and set(seed) <= set(string.hexdigits)
        return seed if is_ours else new_seed()

    @property
    def chosen_question(self) -> str:
        """What the calls are drawn from, of a form that is checked."""
        view: SavedView | None = self.cleaned_data.get("view")
        return view.query if view else self.cleaned_data.get("question", "")

    def keep(self, plan: list[dict[str, Any]] | None) -> Queue:
        """Saves the queue; a plan of None leaves what is drawn already as it is."""
        self.instance.second_share = self.cleaned_data["second_percent"] / 100
        written = ["name", "scorecard", "quota", "is_live", "second_share"]
        if plan is not None:
            written += ["view", "question", "seed", "plan"]
            self.instance.view = self.cleaned_data["view"]
            self.instance.question = self.chosen_question
            self.instance.seed = self.cleaned_data["seed"]
            self.instance.plan = plan
        queue: Queue = self.save(commit=False)
        # nothing else: somebody may pause it in this very moment
        queue.save(update_fields=written if queue.pk else None)
        self.save_m2m()
        return queue


class StratumForm(forms.Form):
    """One row of a plan: which calls, and which part of them."""

    view = forms.ModelChoiceField(
        SavedView.objects.none(), required=False, label=gettext_lazy("Calls"), empty_label=gettext_lazy("Any call")
    )
    task = forms.ChoiceField(required=False, label=gettext_lazy("Task"))
    intents = forms.CharField(required=False, max_length=200, label=gettext_lazy("Intents"))
    percent = forms.DecimalField(
        required=False, min_value=0, max_value=100, decimal_places=2, label=pgettext_lazy("plan", "Share, %")
    )

    def __init__(self, *args: Any, views: Any, tasks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"].queryset = views  # type: ignore[attr-defined]
        self.fields["task"].choices = tasks  # type: ignore[attr-defined]
        self.fields["intents"].widget.attrs |= {"placeholder": "A, B", "autocomplete": "off"}
        self.fields["percent"].widget.attrs |= {"step": "any", "inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_conditions = any(cleaned.get(name) for name in ("view", "task", "intents"))
        if has_conditions and cleaned.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say which part of them is drawn: 100 for all."))
        if cleaned.get("percent") == 0:
            self.add_error("percent", _("More than 0: a row that draws nothing has no use."))
        return cleaned

    @property
    def stratum(self) -> Stratum | None:
        """None for an empty row."""
        percent = self.cleaned_data.get("percent")
        if not percent:
            return None
        view: SavedView | None = self.cleaned_data["view"]
        words = self.cleaned_data["intents"].translate(COMMAS).split(",")
        intents = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
        task = self.cleaned_data["task"]
        names = [view.name if view else "", dict(self.fields["task"].choices)[task] if task else "", *intents]  # type: ignore[attr-defined]
        what = " · ".join(filter(None, map(str, names))) or _("Any call")
        name = f"{what[: LONGEST_NAME - 12]}, {percent.normalize():f} %"
        return Stratum(name, float(percent) / 100, view.query if view else "", task, intents)

    @property
    def row(self) -> dict[str, Any] | None:
        """As the queue keeps it, with the view that the form shows again."""
        view: SavedView | None = self.cleaned_data.get("view")
        return {**self.stratum.as_json(), "view": view.pk if view else None} if self.stratum else None


class PlanRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """The rows in order. A call belongs to the first one that it fits."""

    def rows(self) -> list[dict[str, Any]]:
        """Of a checked form; two rows never have one name."""
        rows: list[dict[str, Any]] = []
        for form in self.forms:
            if row := form.row:
                taken = {one["name"] for one in rows} | {PICKED}
                name, number = row["name"], 2
                while row["name"] in taken:
                    row["name"] = f"{name} ({number})"
                    number += 1
                rows.append(row)
        return rows


def plan_rows(user: User, posted: Any = None, queue: Queue | None = None, *, more: bool = False) -> PlanRows:
    """The rows of this queue, or one for every tenth call and empty ones to fill in."""
    initial = [_initial(row) for row in queue.plan] if queue else [{"percent": 10}]
    blank = 1 if initial and queue else 2
    rows = forms.formset_factory(
        StratumForm, formset=PlanRows, extra=blank, max_num=MOST_STRATA, absolute_max=MOST_STRATA, validate_max=True
    )
    if posted is not None and more:
        posted = posted.copy()
        total = posted.get("form-TOTAL_FORMS", "")
        if total.isascii() and total.isdecimal():
            posted["form-TOTAL_FORMS"] = str(min(int(total[:3]) + 1, MOST_STRATA))
    shared = {"views": SavedView.objects.visible_to(user).distinct(), "tasks": _tasks(user)}
    made = rows(posted, initial=initial, form_kwargs=shared)
    assert isinstance(made, PlanRows)
    return made


def conditions_of(selection: Selection) -> list[str]:
    """What a question asks beside its search box, in words."""
    wanted = selection.form.chosen.get("task", ())
    names = CallTask.objects.filter(task_id__in=wanted).exclude(name="").values_list("task_id", "name")
    return [chip.label for chip in selection.form.chips(dict(names))]


def reviewers() -> Any:
    may_review = User.objects.with_perm("reviews.review_call", include_superusers=False, backend=BACKEND)
    return may_review.order_by("username").distinct()


def _initial(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "view": row.get("view"),
        "task": row["task"],
        "intents": ", ".join(row["intents"]),
        "percent": f"{row['share'] * 100:g}",
    }


def _tasks(user: User) -> list[tuple[str, str]]:
    tasks = CallTask.objects.filter(in_scope(user)).order_by("-pk")
    named = [(f"{task.source}/{task.task_id}", task.name or task.task_id) for task in tasks]
    return [("", _("Any task")), *named]
