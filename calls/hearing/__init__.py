"""Listening: what a recording looks like, where somebody speaks, and when each turn of its transcript is heard.

Pure functions over files and numbers; no database, no Django.
"""

from calls.hearing.decoding import Undecodable
from calls.hearing.levels import PEAKS_A_SECOND
from calls.hearing.listening import Heard, listen
from calls.hearing.said import AGENT, CUSTOMER, OTHER, Said
from calls.hearing.timing import Origin, TurnTime, agent_channel, time_turns
from calls.hearing.units import Units

# Raise it when the same file or the same turns would give something else; `hear_recordings` then does them anew.
VERSION = 1

__all__ = [
    "AGENT",
    "CUSTOMER",
    "OTHER",
    "PEAKS_A_SECOND",
    "VERSION",
    "Heard",
    "Origin",
    "Said",
    "TurnTime",
    "Undecodable",
    "Units",
    "agent_channel",
    "listen",
    "time_turns",
]
