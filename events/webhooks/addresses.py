"""Which addresses may be told anything: none that lets somebody reach into our own network unawares.

``https`` anywhere in the public internet; ``http`` only on this very machine. A name is looked up for each
attempt and only what it stands for then is connected to: a name that points to this machine, to a cloud's
metadata service or (unless the webhook was added as private) into a private network is refused.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from core.faults import Fault

N_ = str  # marks a text for the message catalogue

LONGEST = 2_000
_HERE = "localhost"
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Address:
    """A webhook's address that is known to be well-formed."""

    url: str
    host: str
    port: int
    private: bool  # whether it may lie in a private network

    @property
    def is_here(self) -> bool:
        """Whether it names this machine."""
        found = _ip(self.host)
        return self.host == _HERE or (found is not None and found.is_loopback)

    def may_reach(self, ip: str) -> bool:
        """Whether what the name stands for now may be connected to."""
        found = _ip(ip)
        if found is None or self.is_here or found.is_loopback:
            return self.is_here and found is not None and found.is_loopback
        if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
            return False
        return self.private or (found.is_global and not getattr(found, "is_site_local", False))


def _ip(text: str) -> _Ip | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    inner = getattr(found, "ipv4_mapped", None) or getattr(
        found, "sixtofour", None
    )  # IPv6 has both, IPv4 none
    return inner or found


def read_address(text: str, *, private: bool = False) -> Address | Fault:
    """An address as typed, or what is wrong with it."""
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return _no_address(text)
    address = Address(text, (parts.hostname or "").lower(), port, private)
    return _wrong(address, parts) or address


def _wrong(address: Address, parts: SplitResult) -> Fault | None:
    url = address.url
    if not address.host or len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return _no_address(url)
    if parts.username is not None or parts.password is not None or parts.fragment:
        return _fault(
            N_("the address holds a user name, a password or a #"),
            N_("leave them out: the signature says who calls"),
            "…",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and address.is_here):
        return _fault(
            N_("{value} is not encrypted"),
            N_("give an https:// address; http:// is for 127.0.0.1 only"),
            url,
        )
    if _ip(address.host) and not address.may_reach(address.host):
        return _fault(
            N_("{value} lies in a private network"),
            N_("say --private if that is meant; link-local addresses are never called"),
            url,
        )
    return None


def _no_address(text: str) -> Fault:
    return _fault(
        N_("{value} is no address"), N_("give one such as https://app.example.org/yihui"), text[:200]
    )


def _fault(message: str, remedy: str, value: str) -> Fault:
    return Fault(message, remedy, field="URL", value=value)
