"""What people type about calls: comments and labels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import Call
from reviews.models import Label
from reviews.opinions import talking
from reviews.opinions.people import who_may_see

LONGEST = 2000


class CommentForm(forms.Form):
    turn = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=LONGEST,
        label=gettext_lazy("Comment"),
        widget=forms.Textarea(
            {"rows": 3, "class": "input", "autofocus": True, "data-mentions": "", "autocomplete": "off"}
        ),
        error_messages={"required": gettext_lazy("Write something first.")},
    )

    def __init__(self, call: Call, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call = call

    @cached_property
    def people(self) -> list[User]:
        """Who can be named: whoever may see the call."""
        return list(who_may_see(self.call.source, self.call.task_id))

    @cached_property
    def named(self) -> talking.Named:
        return talking.named_in(self.cleaned_data.get("text", ""), self.people)

    def clean_turn(self) -> int | None:
        turn: int | None = self.cleaned_data["turn"]
        if turn is not None and not talking.words_of(self.call, turn):
            raise forms.ValidationError(_("This call has no turn %(turn)s.") % {"turn": turn})
        return turn

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        named = talking.named_in(text, self.people)
        if named.unknown:
            raise forms.ValidationError([_why_nobody(name) for name in named.unknown])
        return text


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Label
        fields = ["name"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Label.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a label of this name. It may be retired."))
        return name


def _why_nobody(name: str) -> str:
    if User.objects.filter(username__iexact=name, is_active=True).exists():
        return _("%(name)s may not see this call. Leave out the @ before the name.") % {"name": name}
    return _("Nobody here is called %(name)s. Correct the name, or leave out the @.") % {"name": name}
