"""The keys of the page where calls are reviewed. The digits choose answers and stay as they are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from calls.keys import EVERYWHERE, Action, Group, add

REVIEW = "review"


def make_known() -> None:
    add(
        Group(REVIEW, _("While reviewing"), (EVERYWHERE, "call")),
        Action("all_fine", "KeyF", _("All fine")),
        Action("next_criterion", "ArrowDown", _("Next criterion")),
        Action("previous_criterion", "ArrowUp", _("Criterion before")),
        Action("write_why", "Enter", _("Write why, or the answer")),
        Action("pin_turn", "KeyE", _("Pin the turn as evidence")),
        Action("finish", "Ctrl+Enter", _("Finish and next, also in a text")),
        Action("skip_call", "Alt+ArrowRight", _("Skip this call")),
        Action("undo_finish", "Ctrl+KeyZ", _("Undo the last finish, for 10 s")),
    )
