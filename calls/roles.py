"""The three groups and what each may do. A page checks the permission, never the group."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

REVIEWER = (
    "calls.view_call",
    "calls.refresh_call",
    "calls.hear_recording",
    "reviews.review_call",
    "reviews.raise_dispute",
    "reviews.comment_call",
    "reviews.label_call",
)
SUPERVISOR = (
    *REVIEWER,
    "calls.view_numbers",
    "calls.share_savedview",
    "calls.add_call",
    "calls.view_calltask",
    "calls.follow_calltask",
    "calls.download_recording",
    "calls.export_call",
    "calls.view_job",
    "calls.change_job",
    "reviews.see_reviews",
    "reviews.see_board",
    "reviews.export_review",
    "reviews.plan_queue",
    "reviews.plan_calibration",
    "reviews.resolve_dispute",
)
ADMINISTRATOR = (
    *SUPERVISOR,
    "calls.view_transcript",
    "calls.view_tag",
    "calls.view_recording",
    "calls.purge_recording",
    "calls.view_bulkaction",
    "calls.view_payload",
    "calls.delete_job",
    "calls.delete_call",
    "calls.view_savedview",
    "calls.change_savedview",
    "calls.delete_savedview",
    "calls.view_listpreference",
    "calls.view_keypreference",
    "calls.view_taskscope",
    "calls.add_taskscope",
    "calls.change_taskscope",
    "calls.delete_taskscope",
    "reviews.manage_scorecard",
    "reviews.view_scorecard",
    "reviews.view_scorecardversion",
    "reviews.view_queue",
    "reviews.view_queueitem",
    "reviews.view_review",
    "reviews.view_mark",
    "reviews.view_reviewevent",
    "reviews.view_dispute",
    "reviews.view_resolution",
    "reviews.view_calibration",
    "reviews.view_comment",
    "reviews.add_label",
    "reviews.change_label",
    "reviews.view_label",
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.view_group",
)
GROUPS = {"Reviewer": REVIEWER, "Supervisor": SUPERVISOR, "Administrator": ADMINISTRATOR}
# all who are in it; a group that somebody else made is called as they called it
PEOPLE = {"Reviewer": _("Reviewers"), "Supervisor": _("Supervisors"), "Administrator": _("Administrators")}


def ensure_groups(using: str, **kwargs: Any) -> None:
    """Creates what is missing; permissions that someone added to a group by hand stay."""
    from django.contrib.auth.models import Group, Permission

    wanted = {name for names in GROUPS.values() for name in names}
    codenames = [name.split(".")[1] for name in wanted]
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).filter(codename__in=codenames).select_related("content_type")
    }
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*(known[permission] for permission in permissions if permission in known))
