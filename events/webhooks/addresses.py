"""Check webhook addresses, so that a webhook cannot be used to reach into the internal network.

``https`` is allowed anywhere in the public internet, ``http`` only on this machine. The host name is
resolved for each attempt, and only the checked IP address is connected to. A name that resolves to this
machine, to a cloud metadata service or (unless the webhook was added as private) into a private network
is refused.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from core.faults import Fault
from core.text_marks import N_

MAX_URL_LENGTH = 2_000
_HERE = "localhost"
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """A well-formed webhook address."""

    url: str
    host: str
    port: int
    private: bool  # whether it may be in a private network

    @property
    def is_localhost(self) -> bool:
        """Whether the address names this machine."""
        found = _ip(self.host)
        return self.host == _HERE or (found is not None and found.is_loopback)

    def can_reach(self, ip: str) -> bool:
        """Return whether an IP address that the host name resolved to may be connected to."""
        found = _ip(ip)
        if found is None or self.is_localhost or found.is_loopback:
            return self.is_localhost and found is not None and found.is_loopback
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


def parse_webhook_address(text: str, *, private: bool = False) -> WebhookAddress | Fault:
    """Parse an address as typed; return a fault if it is not allowed."""
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return _no_address(text)
    address = WebhookAddress(text, (parts.hostname or "").lower(), port, private)
    return _wrong(address, parts) or address


def _wrong(address: WebhookAddress, parts: SplitResult) -> Fault | None:
    url = address.url
    if (
        not address.host
        or len(url) > MAX_URL_LENGTH
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        return _no_address(url)
    if parts.username is not None or parts.password is not None or parts.fragment:
        return _fault(
            N_("the address holds a user name, a password or a #"),
            N_("leave them out: the signature says who calls"),
            "…",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and address.is_localhost):
        return _fault(
            N_("{value} is not encrypted"),
            N_("give an https:// address; http:// is for 127.0.0.1 only"),
            url,
        )
    if _ip(address.host) and not address.can_reach(address.host):
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
