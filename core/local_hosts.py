"""Which hosts are this machine."""

from ipaddress import ip_address


def is_local_host(host: str) -> bool:
    """Return whether a host, by name or address, is this machine. Names other than localhost are not."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"
