"""Where a process serves its pages for monitors."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"(?:(?P<host>[0-9.]+|\[[0-9a-fA-F:.]+\]):)?(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class StatusAddress:
    """Where a process serves its pages for monitors: an IP address of this machine, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class StatusAddressError(OSError):
    """The address for monitors can't be opened: another program has it, or this machine has no such address."""


def parse_status_address(text: str) -> StatusAddress:
    """Parse ``9100`` (on this machine alone), ``0.0.0.0:9100`` or ``[::]:9100``. *Raises*: ValueError."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise ValueError(text)
    host = str(ip_address(found["host"].strip("[]"))) if found["host"] else LOOPBACK
    return StatusAddress(host, int(found["port"]))
