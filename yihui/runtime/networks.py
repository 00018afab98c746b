"""Whose address that is: what counts as one sender."""

import re
from ipaddress import IPv6Address, ip_address

_IPV6_NETWORK_BITS = 64  # one household or phone has all addresses of such a network
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](:\d+)?|(?P<four>[0-9.]+):\d+")  # as some proxies tell it


def network_of(address: str) -> str:
    """The address itself; of IPv6 the number of its network. What is no address is its own network."""
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
