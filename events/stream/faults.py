"""Faults that make the stream unavailable: the brokers can't be reached, refuse us, or lack a topic."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_ADDRESS = N_("set YIHUI_KAFKA to its address, such as 127.0.0.1:9092")
STREAM_FAULTS = FaultTable(
    "stream",
    {
        "unnamed": (N_("no broker is named"), _ADDRESS),
        "no_address": (N_("{value} is no broker's address"), _ADDRESS),
        "unreachable": (
            N_("the broker at {value} can't be reached"),
            N_("start it, or correct YIHUI_KAFKA; yihui doctor looks at it"),
        ),
        "access_refused": (
            N_("the broker at {value} doesn't let us in"),
            N_("correct YIHUI_KAFKA_PROTOCOL, YIHUI_KAFKA_USER, YIHUI_KAFKA_PASSWORD and YIHUI_KAFKA_CA"),
        ),
        "no_certificate": (
            N_("{value} can't be read as certificates"),
            N_("set YIHUI_KAFKA_CA to the file with the certificate (PEM) of who vouches for the brokers"),
        ),
        "not_vouched_for": (
            N_(
                "the broker at {value} shows a certificate that isn't its own, or that nobody we trust vouches for"
            ),
            N_(
                "set YIHUI_KAFKA_CA to who vouches for it, and YIHUI_KAFKA to the name in the certificate; "
                "if neither is wrong, somebody stands between: send nothing"
            ),
        ),
        "no_driver": (N_("{value} is not installed"), N_("install yihui[kafka]")),
        "change_declined": (
            N_("the broker at {value} doesn't make or change the topic {name}: {why}"),
            N_(
                "start the brokers that are down; or let YIHUI_KAFKA_USER create and alter topics; then run this again"
            ),
        ),
        "topic_unavailable": (
            N_("the topic {value} can't be had"),
            N_("make it with yihui topics apply; yihui doctor looks at the broker"),
        ),
        "no_event_topics": (
            N_("the brokers have no topic {value}"),
            N_("make the topics with `yihui topics apply`"),
        ),
    },
)
_FIELDS = {
    "no_driver": None,
    "no_event_topics": None,
    "no_certificate": "YIHUI_KAFKA_CA",
    "not_vouched_for": "YIHUI_KAFKA_CA",
    "topic_unavailable": "topic",
}


class NoStream(FaultError):
    """The brokers can't be used; accepted events wait in the database."""


def no_stream(code: str, value: str | None = None, *, name: str = "", why: str = "") -> NoStream:
    """Return the error of a code in ``STREAM_FAULTS``; ``value`` is the address, topic or package meant."""
    field = _FIELDS.get(code, "YIHUI_KAFKA")
    return NoStream(STREAM_FAULTS.build(code, field=field, value=value, name=name, why=why))
