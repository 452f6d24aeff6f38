"""What the carriers' status codes mean, in our words. A code is text: leading zeros occur, and unknown ones stay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# The vendor shares one table between single calls, two-legged calls and messages in between.
MEANINGS = {
    "200000": _("The customer listened to the end"),
    "200001": _("The customer hung up early"),
    "200002": _("The line was busy"),
    "200003": _("It rang and nobody answered"),
    "200004": _("No such number"),
    "200005": _("The customer could not be reached or refused"),
    "200006": _("The voice file could not be played"),
    "200007": _("Out of service area"),
    "200008": _("No key was pressed in time"),
    "200010": _("Powered off"),
    "200011": _("Number suspended"),
    "200012": _("Call lost, restricted by the carrier"),
    "200100": _("The call ended"),
    "200101": _("Calling the first party"),
    "200102": _("First party connected, calling the second"),
    "200103": _("In conversation"),
    "200104": _("The calling number is restricted"),
    "200105": _("The called number is restricted"),
    "200111": _("The called party could not be reached or refused"),
    "200112": _("The called party was busy"),
    "200113": _("The called party did not answer"),
    "200116": _("The called number is not valid"),
    "200117": _("The displayed number is not valid"),
    "200118": _("The carrier allows no calls at this hour"),
    "200119": _("The carrier allows no more calls to this number"),
    "200120": _("The called party was out of service area"),
    "200121": _("Too many calls at once"),
    "200130": _("The carrier's announcement was not recognised"),
    "200201": _("Ringing"),
    "300000": _("A key was pressed"),
    "400": _("The network was busy"),
    "476": _("The number was taken back by the carrier"),
    "482": _("The called number is not available"),
    "500": _("The carrier failed"),
    "9996": _("Not connected, or already over"),
    "999999": _("The source failed"),
}


def meaning_of(status_code: str) -> str:
    """Our words for the carrier's code, `""` for a code that nobody documented."""
    return str(MEANINGS.get(status_code.strip(), ""))
