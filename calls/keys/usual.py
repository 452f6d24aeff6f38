"""The actions of the pages of `calls`, and the keys that do them until a reader chooses others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from calls.keys.registry import EVERYWHERE, Action, Group, add

add(
    Group(EVERYWHERE, _("On every page")),
    Action("show_keys", "Shift+Slash", _("This list")),
    Action("search", "Slash", _("Search, also in a call")),
)
add(
    Group("list", _("In the list")),
    Action("next_row", "KeyJ", _("Next call")),
    Action("previous_row", "KeyK", _("Previous call")),
    Action("open_row", "Enter", _("Open the call")),
    Action("select_row", "KeyX", _("Select the call")),
    Action("select_rows", "Shift+KeyX", _("Select all calls from the last one to here")),
    Action("act_on_selected", "KeyA", _("Act on the selected calls")),
)
add(
    Group("call", _("In a call")),
    Action("play", "Space", _("Play, pause")),
    Action("back", "ArrowLeft", _("Back 3 seconds")),
    Action("forward", "ArrowRight", _("Forward 3 seconds")),
    Action("far_back", "Shift+ArrowLeft", _("Back 10 seconds")),
    Action("far_forward", "Shift+ArrowRight", _("Forward 10 seconds")),
    Action("slower", "BracketLeft", _("Slower")),
    Action("faster", "BracketRight", _("Faster")),
    Action("usual_speed", "Backslash", _("Usual speed")),
    Action("skip_silence", "KeyS", _("Skip silence")),
    Action("loop", "KeyL", _("Loop this turn")),
    Action("next_turn", "KeyJ", _("Next turn")),
    Action("previous_turn", "KeyK", _("Previous turn")),
    Action("follow", "KeyB", _("Back to the sound, and follow it")),
    Action("starts_here", "Shift+KeyT", _("The current turn starts here")),
    Action("next_hit", "KeyN", _("Next hit")),
    Action("previous_hit", "Shift+KeyN", _("Hit before")),
    Action("same_number", "KeyA", _("All calls to this number")),
    Action("comment", "KeyC", _("Comment on the current turn")),
    Action("refresh", "KeyG", _("Refresh")),
)
