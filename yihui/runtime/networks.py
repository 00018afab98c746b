"""Reduce a client address to the network that counts as one sender."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_IPV6_NETWORK_BITS = 64  # one household or phone owns all addresses of such a network
_PREFIX_BITS = {4: 24, 6: 48}  # what one customer of a provider may hold
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](:\d+)?|(?P<four>[0-9.]+):\d+")  # some proxies append the port


def client_network(address: str) -> str:
    """Return the address, or for IPv6 the number of its /64 network. Return any other text unchanged."""
    found = _parse(address)
    if found is None:
        return address
    return str(int(found) >> _IPV6_NETWORK_BITS) if isinstance(found, IPv6Address) else str(found)


def client_prefix(address: str) -> str:
    """Return the /24 of an IPv4 address or the /48 of an IPv6 one. Return any other text unchanged.

    A customer gets a /48 from many providers, and a /24 is the least that is routed: whoever holds one has
    as many addresses as wanted.
    """
    found = _parse(address)
    if found is None:
        return address
    return str(ip_network((found, _PREFIX_BITS[found.version]), strict=False))


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    with_port = _WITH_PORT.fullmatch(address)
    try:
        found = ip_address(address if with_port is None else with_port["six"] or with_port["four"])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
