"""The reader's own keys and way of listening, wherever a page shows or uses them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from calls import keys
from calls.models import KeyPreference

register = template.Library()


@register.simple_tag(takes_context=True)
def are_keys_on(context: template.Context) -> bool:
    return _preference(context).is_on


@register.simple_tag(takes_context=True)
def listening(context: template.Context) -> KeyPreference:
    """How fast and loud, and whether silence is skipped."""
    return _preference(context)


@register.simple_tag(takes_context=True)
def key_map(context: template.Context) -> str:
    """For js/keys.js: which key does what."""
    return json.dumps(keys.keys_of(_preference(context).keys), separators=(",", ":"))


@register.simple_tag(takes_context=True)
def key(context: template.Context, action: str) -> SafeString:
    """The cap to press; nothing when the action has no key."""
    return caps(keys.keys_of(_preference(context).keys)[action])


@register.inclusion_tag("calls/_key_rows.html", takes_context=True)
def key_rows(context: template.Context, *groups: str) -> dict[str, Any]:
    """Rows of the sheet: what the keys of these groups do."""
    chosen = keys.keys_of(_preference(context).keys)
    actions = [action for group in groups for action in keys.of_group(group)]
    return {"rows": [(each.name, caps(chosen[each.name]), each.label) for each in actions if chosen[each.name]]}


def caps(name: str) -> SafeString:
    return format_html_join(" ", "<kbd>{}</kbd>", _rows(keys.caps_of(name)))


def _rows(words: Iterable[str]) -> list[tuple[str]]:
    return [(word,) for word in words]


def _preference(context: template.Context) -> KeyPreference:
    user = getattr(getattr(context, "request", None), "user", None) or context.get("user")
    return KeyPreference.of(user) if user is not None and user.is_authenticated else KeyPreference(user=User())
