"""Read the broker address and credentials from the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from core.faults import Fault
from core.text_marks import N_
from events.stream.access import SaslMechanism, SecurityProtocol, StreamAccess
from yihui.runtime.arguments import WrongValue

_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,200}")  # characters of a Kafka topic name, which has at most 249


def read_stream_access(environ: Mapping[str, str]) -> StreamAccess | None:
    """Return the access to the brokers, or None if YIHUI_KAFKA is unset.

    Without brokers, this process handles events itself. *Raises*: WrongValue.
    """
    servers = environ.get("YIHUI_KAFKA", "").strip()
    if not servers:
        return None
    return StreamAccess(
        servers,
        prefix=_prefix(environ),
        protocol=_one_of(environ, "YIHUI_KAFKA_PROTOCOL", get_args(SecurityProtocol), "PLAINTEXT"),  # type: ignore[arg-type]
        mechanism=_one_of(environ, "YIHUI_KAFKA_MECHANISM", get_args(SaslMechanism), "SCRAM-SHA-512"),  # type: ignore[arg-type]
        user=environ.get("YIHUI_KAFKA_USER"),
        password=environ.get("YIHUI_KAFKA_PASSWORD"),
        ca_file=Path(environ["YIHUI_KAFKA_CA"]) if environ.get("YIHUI_KAFKA_CA") else None,
    )


def _prefix(environ: Mapping[str, str]) -> str:
    given = environ.get("YIHUI_KAFKA_PREFIX") or "yihui"
    if _PREFIX.fullmatch(given):
        return given
    raise WrongValue(
        [
            Fault(
                N_("{field} can't be {value}"),
                N_("write at most 200 letters a to z, digits, dots, hyphens and underscores"),
                field="YIHUI_KAFKA_PREFIX",
                value=given[:80],
            )
        ]
    )


def _one_of(environ: Mapping[str, str], name: str, known: tuple[str, ...], otherwise: str) -> str:
    given = environ.get(name) or otherwise
    if given in known:
        return given
    raise WrongValue(
        [
            Fault(
                N_("{field} can't be {value}"),
                N_("choose one of {known}"),
                field=name,
                value=given,
                params={"known": ", ".join(known)},
            )
        ]
    )
