"""What a worker noted down about trouble, in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

register = template.Library()

# Sentences of calls/aliyun, which knows no catalogue. What varies follows them after a colon.
SENTENCES = (
    gettext_noop("the vendor has nothing to tell about this call"),
    gettext_noop("the vendor gave no reason"),
    gettext_noop("the connection failed"),
    gettext_noop("the server's certificate is not trusted"),
    gettext_noop("the answer cannot be read"),
    gettext_noop("a web page came instead of an answer"),
    gettext_noop("an empty body came instead of an answer"),
)


@register.filter
def said(message: str) -> str:
    """`sentence`, `sentence (detail)` or `sentence: detail`; only the sentence is ours to translate."""
    for mark in ("", " (", ": "):
        sentence, found, detail = message.partition(mark) if mark else (message, "", "")
        if sentence and (translated := _(sentence)) != sentence:
            return f"{translated}{found}{detail}"
    return message
