"""Choosing keys: one field an action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from calls.keys.caps import NoKey, caps_of, read_key
from calls.keys.registry import Action, Group, clashes, groups, of_group

LONGEST = 40


class KeyField(forms.CharField):
    """What is printed on the keys; cleaned it is their name."""

    def __init__(self, action: Action) -> None:
        usual = "+".join(caps_of(action.key))
        attrs = {"class": "input", "data-key-field": "", "autocomplete": "off", "spellcheck": "false"}
        widget = forms.TextInput(attrs=attrs | {"placeholder": _("No key; usually %(key)s") % {"key": usual}})
        super().__init__(label=action.label, required=False, max_length=LONGEST, widget=widget)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        try:
            return read_key(text)
        except NoKey:
            sentence = _("“%(text)s” is no key. Write one such as J, Shift+T, ← or [.")
            raise forms.ValidationError(sentence % {"text": text}) from None


class KeyForm(forms.Form):
    def __init__(self, chosen: dict[str, str], data: Any = None) -> None:
        """`chosen` is the key of every action now."""
        super().__init__(data, initial={name: "+".join(caps_of(key)) for name, key in chosen.items()})
        for group in groups():
            for action in of_group(group.name):
                self.fields[action.name] = KeyField(action)

    def by_group(self) -> list[tuple[Group, list[BoundField]]]:
        return [(group, [self[action.name] for action in of_group(group.name)]) for group in groups()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        sentence = _("“%(action)s” has this key too. Choose another for one of them.")
        for one, other in list(clashes(cleaned)):  # an error takes the field from what is cleaned
            for action, rival in ((one, other), (other, one)):
                self.add_error(action.name, sentence % {"action": rival.label})
        return cleaned

    @property
    def chosen(self) -> dict[str, str]:
        """Only what is not as usual."""
        usual = {action.name: action.key for group in groups() for action in of_group(group.name)}
        return {name: key for name, key in self.cleaned_data.items() if key != usual[name]}
