"""Read the address of a PostgreSQL server, or of several of which one takes writes: ``postgresql://h1:p1,h2:p2/db``."""

import re

from sqlalchemy import make_url
from sqlalchemy.engine import URL

# As make_url reads it, but for the hosts: a password may hold a slash, and no @.
_ADDRESS = re.compile(
    r"(?P<scheme>[\w+]+://)(?P<user>[^:/@]*(?::[^@]*)?@)?(?P<hosts>[^/?]*)(?P<rest>.*)", re.DOTALL
)
_HOST = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?")
_SESSION = "target_session_attrs"


def parse_server_address(text: str) -> URL:
    """Read an address; several hosts become the parameters ``host`` and ``port``, as libpq takes them.

    *Raises*: ValueError or ArgumentError if it can't be read.
    """
    parts = _ADDRESS.fullmatch(text)
    if parts is None or "," not in parts["hosts"]:
        return make_url(text)
    url = make_url(f"{parts['scheme']}{parts['user'] or ''}{parts['rest']}")
    if "host" in url.query or "port" in url.query:
        raise ValueError("hosts are named twice")
    found = [_HOST.fullmatch(host) for host in parts["hosts"].split(",")]
    hosts = [(host["host"].strip("[]"), host["port"] or "") for host in found if host is not None]
    if len(hosts) < len(found):
        raise ValueError("a host can't be read")
    ports = [port for _, port in hosts]
    named = {"host": ",".join(host for host, _ in hosts)}
    return url.update_query_dict(named | ({"port": ",".join(ports)} if any(ports) else {}))


def list_hosts(url: URL) -> list[str]:
    """Return the hosts of an address, each with its port if it has one, as in ``10.0.0.1:5432``."""
    given, ports = url.query.get("host"), url.query.get("port")
    if not isinstance(given, str) or not isinstance(ports, str | None):
        return []
    hosts = [f"[{host}]" if ":" in host else host for host in given.split(",")]
    numbers = ports.split(",") if ports else [""] * len(hosts)
    if len(hosts) != len(numbers):
        return []
    return [f"{host}:{port}" if port else host for host, port in zip(hosts, numbers, strict=True)]


def show_server_address(url: URL) -> str:
    """Render an address as it is written, without its password, wherever it stands."""
    url = url.difference_update_query([name for name in url.query if "pass" in name.lower()])
    hosts = list_hosts(url)
    if len(hosts) < 2:
        return url.render_as_string(hide_password=True)
    shown = url.difference_update_query(["host", "port"]).render_as_string(hide_password=True)
    before, mark, after = shown.partition("@" if url.username else "://")
    return f"{before}{mark}{','.join(hosts)}{after}"


def for_reading(url: URL) -> URL:
    """Return the address for sessions that only read: libpq takes such a one for a server that takes no writes."""
    if url.query.get(_SESSION) != "read-write":
        return url
    return url.update_query_dict({_SESSION: "primary"})
