"""What keys do on the pages: every action with its usual key, and the keys that a reader chose instead.

A page adds its own by `add(Group(…), Action(…), …)`; in a script the action stands under the same name.
"""

from calls.keys import usual as usual
from calls.keys.caps import NoKey, caps_of, read_key
from calls.keys.registry import EVERYWHERE, Action, Group, add, clashes, groups, keys_of, of_group

__all__ = [
    "EVERYWHERE",
    "Action",
    "Group",
    "NoKey",
    "add",
    "caps_of",
    "clashes",
    "groups",
    "keys_of",
    "of_group",
    "read_key",
]
