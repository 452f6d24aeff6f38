"""The back room: every row as it is. What the vendor said is read-only here; people change only what is theirs."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from calls.admin import calls, people, views, work

__all__ = ["calls", "people", "views", "work"]

admin.site.site_header = admin.site.site_title = "Earshot"
admin.site.index_title = _("Administration")
