"""Reduce a client address to the network that counts as one sender."""

import re
from ipaddress import IPv6Address, ip_address

_IPV6_NETWORK_BITS = 64  # one household or phone owns all addresses of such a network
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](:\d+)?|(?P<four>[0-9.]+):\d+")  # some proxies append the port


def client_network(address: str) -> str:
    """Return the address, or for IPv6 the number of its /64 network. Return any other text unchanged."""
    with_port = _WITH_PORT.fullmatch(address)
    try:
        found = ip_address(address if with_port is None else with_port["six"] or with_port["four"])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(int(found) >> _IPV6_NETWORK_BITS)
