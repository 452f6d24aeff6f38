"""The values of a filter, each with its tick and its number."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import escape
from django.utils.safestring import SafeString

from calls.facets import Option

register = template.Library()


@register.simple_tag
def facet_options(found: Iterable[Option]) -> SafeString:
    """Built here rather than in a template: every list has some sixty of them."""
    return SafeString("".join(map(_option, found)))


def _option(option: Option) -> str:
    label = escape(option.label)
    is_none = option.count == 0 and option.is_whole
    lang = f' lang="{option.lang}"' if option.lang else ""
    count = f'<span class="facet__count">{localize(option.count)}{"" if option.is_whole else "+"}</span>'
    return (
        f'<label class="facet__option{" facet__option--none" if is_none else ""}">'
        f'<input type="checkbox" name="{option.field}" value="{escape(option.value)}" id="{option.id}"'
        f"{' checked' if option.is_chosen else ''}>"
        f'<span class="facet__label"{lang} title="{label}">{label}</span>{count if option.is_counted else ""}</label>'
        f"{_under(option) if option.under else ''}"
    )


def _under(option: Option) -> str:
    rest = {"id": option.id, "options": option.rest, "is_findable": option.is_findable}
    more = render_to_string("calls/_rest.html", rest) if option.rest else ""
    return f'<div class="facet__under">{facet_options(option.under)}{more}</div>'
