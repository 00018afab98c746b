"""Faults that make the stream unavailable: the brokers can't be reached, refuse us, or lack a topic."""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.stream.access import StreamAccess

_ADDRESS = N_("set YIHUI_KAFKA to its address, such as 127.0.0.1:9092")
STREAM_FAULTS = FaultTable(
    "stream",
    {
        "unnamed": (N_("no broker is named"), _ADDRESS),
        "no_address": (N_("{value} is no broker's address"), _ADDRESS),
        "unreachable": (
            N_("the broker at {value} can't be reached"),
            N_("start it, or correct YIHUI_KAFKA"),
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


_PORT = 9092
_WITHIN_S = 3.0
# A Metadata request (version 4, no topics): a broker answers it, or hangs up if it requires a login.
_ASK = struct.pack(">ihhihi?", 15, 3, 4, 0, -1, 0, False)
_ANSWERED = b"\0"  # first byte of the answer's length; a TLS record begins with another byte


class _Came(IntEnum):
    """How far a connection attempt got."""

    NOWHERE = 0
    IN_WITHOUT_A_NAME = 1  # the broker answers without a login: something else failed
    TO_THE_DOOR = 2
    TO_A_STRANGER = 3


_CODES = {
    _Came.NOWHERE: "unreachable",
    _Came.IN_WITHOUT_A_NAME: "unreachable",
    _Came.TO_THE_DOOR: "access_refused",
    _Came.TO_A_STRANGER: "not_vouched_for",
}


def client_arguments(access: StreamAccess) -> dict[str, object]:
    """Return ``StreamAccess.kafka_arguments()``.

    *Raises*: NoStream if an address or the CA file is invalid.
    """
    for server in access.servers.split(","):
        _address(server)
    try:
        return access.kafka_arguments()
    except OSError as error:  # ssl.SSLError is one: the file holds no certificate
        raise no_stream("no_certificate", str(access.ca_file)) from error


@contextmanager
def translate_kafka_errors(access: StreamAccess) -> Iterator[None]:
    """Raise NoStream with the reason if kafka-python can't reach the brokers.

    Errors that the brokers answer with are left to the caller. *Raises*: NoStream.
    """
    try:
        from kafka import errors
    except ImportError as error:
        raise no_stream("no_driver", "kafka-python") from error
    try:
        yield
    except (errors.SaslAuthenticationFailedError, errors.IllegalSaslStateError) as error:
        raise no_stream("access_refused", access.servers) from error
    except errors.BrokerResponseError:
        raise
    except (errors.RetriableError, OSError) as error:
        raise find_connection_error(access) from error


def find_connection_error(access: StreamAccess) -> NoStream:
    """Try each broker as a client would; return the error of the attempt that got furthest."""
    came = max(_knock(access, server) for server in access.servers.split(","))
    return no_stream(_CODES[came], access.servers)


def _knock(access: StreamAccess, server: str) -> _Came:
    host, port = _address(server)
    try:
        with socket.create_connection((host, port), _WITHIN_S) as plain:
            return _ask(access, plain, host)
    except OSError:
        return _Came.NOWHERE


def _ask(access: StreamAccess, plain: socket.socket, host: str) -> _Came:
    """Send a request and return how far it got.

    A broker that never answers (stopped, or no broker) counts as unreachable.
    """
    tls = access.build_ssl_context()
    try:
        line = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        line.sendall(_ASK)
        if line.recv(1) == _ANSWERED and not access.has_sasl:
            return _Came.IN_WITHOUT_A_NAME
    except ssl.SSLCertVerificationError:
        return _Came.TO_A_STRANGER
    except TimeoutError:
        return _Came.NOWHERE
    except OSError:  # hung up
        return _Came.TO_THE_DOOR
    return _Came.TO_THE_DOOR


def _address(server: str) -> tuple[str, int]:
    host, colon, port = server.strip().rpartition(":")
    if not colon:
        return server.strip(), _PORT
    if not host or not port.isdecimal():
        raise no_stream("no_address", server)
    return host.strip("[]"), int(port)
