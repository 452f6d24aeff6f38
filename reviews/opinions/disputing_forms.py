"""What people write in a dispute, and what whoever decides it writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.numbers import mask_all
from reviews.models import Dispute, Mark
from reviews.opinions.disputing import Said, turns_of
from reviews.scoring import Answer, Criterion
from reviews.scoring.score import is_negative
from reviews.vocabulary import CommentRule, CriterionKind, DisputeState

LONGEST = 2000
NA = "n/a"
DECISIONS = (
    (DisputeState.ACCEPTED, pgettext_lazy("dispute", "Accept")),
    (DisputeState.PARTLY, pgettext_lazy("dispute", "Accept partly")),
    (DisputeState.REJECTED, pgettext_lazy("dispute", "Reject")),
)


def _text(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        max_length=LONGEST, label=label, widget=forms.Textarea({"rows": 3, "class": "input"}), **kwargs
    )


class DisputeForm(forms.Form):
    reason = _text(gettext_lazy("Why is this answer wrong?"))
    turns = forms.TypedMultipleChoiceField(
        coerce=int, required=False, label=gettext_lazy("Turns that speak for it"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, mark: Mark, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = turns_of(mark)
        field = self.fields["turns"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(one.turn, one.text) for one in self.offered]
        field.initial = [evidence.turn for evidence in mark.evidence.all()]

    def clean_turns(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["turns"]
        if self.offered and not chosen:
            raise forms.ValidationError(_("Choose at least one turn: whoever decides listens there."))
        return chosen

    @property
    def evidence(self) -> list[Said]:
        return [one for one in self.offered if one.turn in self.cleaned_data["turns"]]


class ResolutionForm(forms.Form):
    """`answer` is what stands after accepting, wholly or in part; None when nothing changes."""

    decision = forms.ChoiceField(choices=DECISIONS, label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    value = forms.CharField(required=False, max_length=LONGEST, label=gettext_lazy("The answer from now on"))
    comment = _text(gettext_lazy("Its comment"), required=False)
    reason = _text(gettext_lazy("Reason for the decision"))

    def __init__(self, dispute: Dispute, criterion: Criterion, posted: QueryDict | None = None) -> None:
        mark = dispute.mark
        shown = {"value": NA if mark.is_na else mask_all(mark.value), "comment": mask_all(mark.comment)}
        super().__init__(posted, initial=shown)
        self.mark, self.criterion = mark, criterion
        if criterion.options:
            choices = [(option.key, option.label) for option in criterion.options]
            choices += [(NA, _("Not applicable"))] if criterion.allows_na else []
            label = self.fields["value"].label
            self.fields["value"] = forms.ChoiceField(
                required=False, choices=choices, label=label, widget=forms.Select({"class": "input"})
            )

    @property
    def state(self) -> DisputeState:
        return DisputeState(self.cleaned_data["decision"])

    @property
    def answer(self) -> Answer | None:
        if self.state == DisputeState.REJECTED:
            return None
        value, comment = self._meant("value", self.mark.value), self._meant("comment", self.mark.comment)
        return Answer("", True, comment) if value == NA else Answer(value, False, comment)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors or self.state == DisputeState.REJECTED:
            return cleaned
        answer = self.answer
        assert answer is not None
        if problem := self._why_no_number(answer):
            self.add_error("value", problem)
            return cleaned
        same_answer = (answer.value, answer.is_na) == (self.mark.value, self.mark.is_na)
        if not answer.is_given:
            self.add_error("value", _("Say which answer stands from now on."))
        elif self.state == DisputeState.ACCEPTED and same_answer:
            self.add_error("value", _("Accepting means another answer. Choose it, or accept partly, or reject."))
        elif same_answer and answer.comment == self.mark.comment:
            self.add_error("value", _("Nothing would change. Change the answer or its comment, or reject."))
        elif self._needs_comment(answer) and not answer.comment:
            self.add_error("comment", _("This answer needs a comment."))
        return cleaned

    def _meant(self, name: str, standing: str) -> str:
        """What was shown masked and came back as it was stays as it stands."""
        given: str = self.cleaned_data.get(name, "")
        return standing if _in_one_form(given) == _in_one_form(mask_all(standing)) else given

    def _why_no_number(self, answer: Answer) -> str:
        if self.criterion.kind != CriterionKind.NUMBER or answer.is_na or not answer.value:
            return ""
        least, most = self.criterion.least, self.criterion.most
        try:
            number = float(answer.value)
        except ValueError:
            return _("Enter a number.")
        if not (least if least is not None else number) <= number <= (most if most is not None else number):
            return _("Enter a number from %(least)s to %(most)s.") % {
                "least": "–∞" if least is None else f"{least:g}",
                "most": "∞" if most is None else f"{most:g}",
            }
        return ""

    def _needs_comment(self, answer: Answer) -> bool:
        rule = self.criterion.comment_rule
        return rule == CommentRule.ALWAYS or (rule == CommentRule.NEGATIVE and is_negative(self.criterion, answer))


def _in_one_form(text: str) -> str:
    """Browsers end a line in two characters, and what stands around a text is cut."""
    return text.replace("\r\n", "\n").strip()
