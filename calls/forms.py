"""What people type at the doors: which task, which call, which file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from calls import importing
from calls.filters import LONGEST_STATE
from calls.models import SavedView
from calls.models.call_task import CallTaskQuerySet
from calls.models.keys import SPEEDS
from calls.roles import PEOPLE
from calls.snapshot import CallRef
from calls.vocabulary import Source, TaskStatus

NO_SPEED = format_lazy(_("The speed is one of these: {speeds}."), speeds=", ".join(SPEEDS))
NO_VOLUME = _("The volume is a number from 0 (silent) to 1 (full).")
NO_SKIPPING = _("Skipping silence is “on” or “off”.")


class CallTaskFilterForm(forms.Form):
    """Every field is a key of the query string; a bad value shows its error and narrows nothing."""

    q = forms.CharField(required=False, max_length=128, label=_("Name or id"))
    source = forms.ChoiceField(required=False, choices=[("", _("Every source")), *Source.choices], label=_("Source"))
    status = forms.ChoiceField(required=False, choices=[("", _("Any status")), *TaskStatus.choices], label=_("Status"))
    followed = forms.ChoiceField(
        required=False,
        choices=[("", _("Followed or not")), ("yes", _("Followed")), ("no", _("Not followed"))],
        label=_("Followed"),
    )

    def narrow(self, tasks: CallTaskQuerySet) -> CallTaskQuerySet:
        self.is_valid()
        chosen: dict[str, str] = {name: value for name, value in self.cleaned_data.items() if value}
        for name in {"source", "status"} & chosen.keys():
            tasks = tasks.filter(**{name: chosen[name]})
        if "followed" in chosen:
            tasks = tasks.filter(followed_at__isnull=chosen["followed"] == "no")
        if words := chosen.get("q"):
            tasks = tasks.filter(Q(name__icontains=words) | Q(agent_name__icontains=words) | Q(task_id=words))
        return tasks


class CallIdsForm(forms.Form):
    """Base of the two below; `ref` is what a valid form names."""

    source: Source
    ref: CallRef

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            self.ref = importing.checked_ref(self.source, cleaned)
        except importing.WrongId as wrong:
            self.add_error(wrong.field, str(wrong))
        return cleaned


class AgentIdsForm(CallIdsForm):
    source = Source.AICCS
    prefix = "agent"

    task_id = forms.CharField(max_length=200, label=_("Task id"))
    batch_id = forms.CharField(max_length=200, label=_("Batch id"))
    detail_id = forms.CharField(max_length=200, label=_("Detail id"))


class RobotIdsForm(CallIdsForm):
    source = Source.ROBOT
    prefix = "robot"

    task_id = forms.CharField(max_length=200, label=_("Task id"))
    callee = forms.CharField(max_length=200, label=_("Callee"))
    query_date = forms.CharField(
        max_length=200,
        label=_("Date, or date and time"),
        help_text=_("Beijing time, as in 2026-11-20 or 2026-11-20 14:32:05; or milliseconds since 1970."),
    )


class UploadForm(forms.Form):
    """A file, or its text pasted."""

    file = forms.FileField(
        required=False, allow_empty_file=True, label=_("File"), widget=forms.FileInput({"class": "input"})
    )
    text = forms.CharField(
        required=False, strip=False, label=_("Or paste it"), widget=forms.Textarea({"rows": 5, "spellcheck": "false"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if not file and not (cleaned.get("text") or "").strip():
            self.add_error("file", _("Choose a file, or paste its text."))
        elif isinstance(file, UploadedFile) and (file.size or 0) > importing.MOST_BYTES:
            self.add_error("file", _("The file is larger than 32 MB. Split it and add the parts one after the other."))
        return cleaned

    @property
    def content(self) -> tuple[str, bytes]:
        """Name and bytes of what was given."""
        file = self.cleaned_data.get("file")
        if isinstance(file, UploadedFile):
            return file.name or "", file.read()
        return "", self.cleaned_data["text"].encode("utf-8", "surrogatepass")


class GroupChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(PEOPLE.get(obj.name, obj.name))


TOO_LONG = _("This list asks for more than an address holds. Shorten the search or use fewer filters.")


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """A view's name and who sees it. Only those who may share are asked with whom."""

    group = GroupChoiceField(
        Group.objects.order_by("pk"), required=False, label=_("Shared with"), empty_label=_("Nobody: only you")
    )
    has_columns = forms.BooleanField(
        required=False,
        label=_("Always with these columns"),
        help_text=_("Otherwise everybody sees it with their own columns."),
    )
    is_default = forms.BooleanField(
        required=False, label=_("Open it first"), help_text=_("The list opens with this view.")
    )

    class Meta:
        model = SavedView
        fields = ("name", "group")
        labels = {"name": pgettext_lazy("saved view", "Name")}
        error_messages = {"name": {"required": _("Give the view a name.")}}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["name"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}
        if not user.has_perm("calls.share_savedview"):
            del self.fields["group"]

    def clean(self) -> None:
        super().clean()
        if len(self.instance.query) > LONGEST_STATE:
            self.add_error("name", TOO_LONG)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = SavedView.objects.filter(owner=self.user, name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("You have a view of this name. Choose another one."), code="taken")
        return name


class ListeningForm(forms.Form):
    """How a reader listens. Only what is said is asked for: another tab may have changed the rest."""

    speed = forms.ChoiceField(
        choices=[(speed, speed) for speed in SPEEDS],
        error_messages=dict.fromkeys(("required", "invalid_choice"), NO_SPEED),
    )
    volume = forms.FloatField(
        min_value=0,
        max_value=1,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), NO_VOLUME),
    )
    skips_silence = forms.TypedChoiceField(
        choices=[("on", "on"), ("off", "off")],
        coerce=lambda word: word == "on",
        error_messages=dict.fromkeys(("required", "invalid_choice"), NO_SKIPPING),
    )

    def __init__(self, said: QueryDict) -> None:
        super().__init__(said)
        for name in self.fields.keys() - said.keys():
            del self.fields[name]

    def clean(self) -> None:
        super().clean()
        if not self.fields:
            raise forms.ValidationError(_("Say a speed, a volume or whether silence is skipped."))
