"""Check webhook addresses, so that a webhook cannot be used to reach into the internal network.

``https`` is allowed anywhere in the public internet, ``http`` only on this machine. The host name is
resolved for each attempt, and only the checked IP address is connected to. A name that resolves to this
machine, to a cloud's metadata service or (unless the webhook was added as private) into a private network
is refused. Metadata services lie in private networks too: they are called only if a private webhook's
address is that IP address itself.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from core.faults import Fault, FaultTable
from core.text_marks import N_

MAX_URL_LENGTH = 2_000
ADDRESS_FAULTS = FaultTable(
    "webhook_address",
    {
        "no_address": (
            N_("{value} is no address"),
            N_("give one such as https://app.example.org/yihui"),
        ),
        "extra_parts": (
            N_("the address holds a user name, a password or a #"),
            N_("leave them out: the signature says who calls"),
        ),
        "not_encrypted": (
            N_("{value} is not encrypted"),
            N_("give an https:// address; http:// is for 127.0.0.1 only"),
        ),
        "private": (
            N_("{value} lies in a private network"),
            N_("say --private if that is meant; link-local addresses are never called"),
        ),
    },
)
_HERE = "localhost"
_METADATA = tuple(
    map(
        ipaddress.ip_network,
        (
            "100.100.100.200/32",  # Alibaba Cloud
            "192.0.0.0/24",  # Oracle Cloud; IETF protocol assignments
            "168.63.129.16/32",  # Azure
            "fd00:ec2::/32",  # Amazon
            "fd20:ce::254/128",  # Google Cloud
        ),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # its last 32 bits are an IPv4 address
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
        if any(found in network for network in _METADATA):
            return self.private and found == _ip(self.host)
        return self.private or (found.is_global and not getattr(found, "is_site_local", False))


def _ip(text: str) -> _Ip | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
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
        return ADDRESS_FAULTS.build("no_address", field="URL", value=_show(text))
    address = WebhookAddress(text, (parts.hostname or "").lower(), port, private)
    return _wrong(address, parts) or address


def _show(url: str) -> str:
    """Return the scheme and the host of an address: the rest may hold a key."""
    scheme, mark, rest = url[:200].partition("://")
    return f"{scheme}{mark}{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}/…" if mark else "…"


def _wrong(address: WebhookAddress, parts: SplitResult) -> Fault | None:
    url = address.url
    if (
        not address.host
        or len(url) > MAX_URL_LENGTH
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        return ADDRESS_FAULTS.build("no_address", field="URL", value=_show(url))
    if parts.username is not None or parts.password is not None or parts.fragment:
        return ADDRESS_FAULTS.build("extra_parts", field="URL", value="…")
    if parts.scheme != "https" and not (parts.scheme == "http" and address.is_localhost):
        return ADDRESS_FAULTS.build("not_encrypted", field="URL", value=_show(url))
    if _ip(address.host) and not address.can_reach(address.host):
        return ADDRESS_FAULTS.build("private", field="URL", value=_show(url))
    return None
