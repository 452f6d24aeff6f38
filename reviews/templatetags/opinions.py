from __future__ import annotations

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from calls.numbers import mask_all
from reviews.models import Comment
from reviews.opinions.talking import MENTION, named_in

register = template.Library()


@register.filter
def said_by(comment: Comment) -> SafeString:
    """The text of a comment, its phone numbers masked and the people it names marked."""
    people = [mention.user for mention in comment.mentions.all()]
    text, end, parts = mask_all(comment.text), 0, []
    for match in MENTION.finditer(text):
        if named := named_in(match[0], people).people:
            stop = match.start() + 1 + len(named[0].username)
            parts += [
                conditional_escape(text[end : match.start()]),
                format_html("<b>{}</b>", text[match.start() : stop]),
            ]
            end = stop
    # every part is escaped above
    return mark_safe("".join([*parts, conditional_escape(text[end:])]))  # noqa: S308


@register.filter
def percent(share: float | None) -> str:
    """A share, 0 to 1, as `94 %`."""
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def signed(points: float | None) -> str:
    """`+3.5`, `–2.0`, `0.0`."""
    if points is None:
        return "–"
    sign = "+" if points > 0 else "–" if points < 0 else ""
    return f"{sign}{abs(points):.1f}"
