"""Read the broker address and credentials from the environment."""

from collections.abc import Mapping

from core.faults import FaultError, FaultTable, raise_faults
from core.local_hosts import is_local_host
from core.text_marks import N_
from events.stream.access import StreamAccess
from yihui.runtime.setting import read_values
from yihui.runtime.settings import BROKER_SETTINGS

_PROTOCOL = "YIHUI_KAFKA_PROTOCOL"
_DEFAULT_PORT = 9092
_FAULTS = FaultTable(
    "broker",
    {
        "not_encrypted": (
            N_("the broker {value} is another machine, and nothing says how the connection is encrypted"),
            N_("set {field}=SASL_SSL (or SSL); PLAINTEXT only where nobody else is on the network"),
        )
    },
)


def read_stream_access(environ: Mapping[str, str]) -> StreamAccess | None:
    """Return the access to the brokers, or None if YIHUI_KAFKA is unset.

    Without brokers, this process handles events itself. *Raises*: FaultError.
    """
    if not environ.get("YIHUI_KAFKA", "").strip():
        return None
    values, faults = read_values(BROKER_SETTINGS, environ)
    raise_faults(faults)
    access = StreamAccess(**values)
    remote = [host for host, _ in split_servers(access.servers) if not is_local_host(host)]
    if remote and not environ.get(_PROTOCOL, "").strip():
        raise FaultError(_FAULTS.build("not_encrypted", field=_PROTOCOL, value=remote[0][:200]))
    return access


def split_servers(servers: str) -> list[tuple[str, int]]:
    """Return the host and the port of each broker; a broker without a port has Kafka's own."""
    found = []
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdecimal():
            host, port = server.strip(), str(_DEFAULT_PORT)
        found.append((host.strip("[]"), int(port)))
    return found
