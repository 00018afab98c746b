"""Answer a webhook sender that asks whether it may send events here.

*Source*: CloudEvents, HTTP 1.1 Web Hooks for Event Delivery 1.0.2, 4.1 (validation request) and 4.2
(validation response).
"""

import re
from collections.abc import Mapping

from fastapi import Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_

ALLOWED_METHODS = "OPTIONS, POST"
_ORIGIN, _RATE = "WebHook-Request-Origin", "WebHook-Request-Rate"
_UNLIMITED = "*"
_LONGEST_NAME = 253  # RFC 1035, 2.3.4
_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_FAULTS = FaultTable(
    "webhook_handshake",
    {
        "origin": (
            N_("{field}: “{value}” is no host name"),
            N_("send the name of the sending system, such as emitter.example.com"),
        ),
        "rate": (
            N_("{field}: “{value}” is no number of requests a minute"),
            N_("send a whole number from 1, or *"),
        ),
    },
)


def answer_handshake(headers: Mapping[str, str], most_per_minute: int | None) -> Response:
    """Allow a sender as many requests a minute as it asks for, at most ``most_per_minute``; None is no limit.

    Without an origin no permission is given: the answer names the methods only. *Raises*: FaultError.
    """
    answer = {"Allow": ALLOWED_METHODS}
    origin = headers.get(_ORIGIN)
    if origin is not None:
        if len(origin) > _LONGEST_NAME or not _HOST_NAME.fullmatch(origin):
            raise FaultError(_FAULTS.build("origin", field=_ORIGIN, value=_shown(origin)))
        answer["WebHook-Allowed-Origin"] = origin
        answer["WebHook-Allowed-Rate"] = _allowed_rate(headers.get(_RATE, _UNLIMITED), most_per_minute)
    return Response(None, 200, answer)


def _allowed_rate(requested: str, most_per_minute: int | None) -> str:
    if requested == _UNLIMITED:
        return _UNLIMITED if most_per_minute is None else str(most_per_minute)
    if not _NUMBER.fullmatch(requested):
        raise FaultError(_FAULTS.build("rate", field=_RATE, value=_shown(requested)))
    return requested if most_per_minute is None else str(min(int(requested), most_per_minute))


def _shown(value: str) -> str:
    """Return a header's value as text; headers are Latin-1, and some senders write UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")[:80]
