"""What a recording's link may be, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from calls.recordings.errors import Blocked

PORTS = {"http": 80, "https": 443}
# Not public, whatever Python says: carriers' shared range (the vendor's metadata service is in it), old relays, groups.
NEVER = [ip_network(text) for text in ("100.64.0.0/10", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4")]
PUBLIC_V6 = IPv6Network("2000::/3")
# tunnels, whose addresses carry another address inside
TUNNELS = [IPv6Network(text) for text in ("2001::/32", "2002::/16")]


@dataclass(frozen=True, slots=True)
class Target:
    """A link that may be followed. `target` is path and query exactly as the vendor signed them."""

    scheme: str
    host: str
    port: int
    target: str
    is_listed_by_name: bool


def vet(link: str) -> Target:
    """Raises Blocked for everything that RECORDING_HOSTS does not allow."""
    parts = _split(link)
    host = (parts.hostname or "").rstrip(".").lower()
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not host or "@" in parts.netloc:
        raise Blocked(_("The vendor's link is not a web address"))
    allowed = [name.lower() for name in settings.RECORDING_HOSTS]
    is_listed = host in [name for name in allowed if not name.startswith(".")]
    if not is_listed and not any(name.startswith(".") and host.endswith(name) for name in allowed):
        raise Blocked(_("The vendor's link leads to a host that RECORDING_HOSTS does not list"), host)
    port = parts.port or PORTS[scheme]
    if not is_listed and port not in PORTS.values():
        raise Blocked(_("The vendor's link leads to an unusual port"), f"{host}:{port}")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    # The query is signed: one character re-encoded, and the vendor refuses it.
    return Target(scheme, host, port, f"{path}?{parts.query}" if parts.query else path, is_listed)


def is_public(address: str) -> bool:
    """Of the internet at large, not of this machine, this network or the vendor's inside."""
    ip = ip_address(address.split("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in NEVER)
    return ip.is_global and ip in PUBLIC_V6 and not any(ip in network for network in TUNNELS)


def _split(link: str) -> SplitResult:
    # A backslash ends the host for one parser and not for another; blanks and control characters likewise.
    if any(ord(character) <= 32 or ord(character) == 127 for character in link) or "\\" in link:
        raise Blocked(_("The vendor's link is not a web address"))
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - raises when it is no number
        parts.query.encode("ascii")
    except ValueError as error:
        raise Blocked(_("The vendor's link is not a web address")) from error
    return parts
