"""Why the brokers can't be had, where kafka-python says no more than that it gave up."""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from core.faults import Fault
from events.stream.access import Access
from events.stream.faults import NoStream, driver_missing, not_let_in, unreachable

N_ = str  # marks a text for the message catalogue

_PORT = 9092
_WITHIN_S = 3.0
# "Who are your brokers?" (Metadata, version 4, of no topic): answered, or the line is cut where a login is wanted.
_ASK = struct.pack(">ihhihi?", 15, 3, 4, 0, -1, 0, False)
_ANSWERED = b"\0"  # of the answer's length; TLS where we speak none begins otherwise


class _Came(IntEnum):
    """How far a broker let us come."""

    NOWHERE = 0
    IN_WITHOUT_A_NAME = 1  # it answers, and asks for no name: what failed is something else
    TO_THE_DOOR = 2
    TO_A_STRANGER = 3


def client_arguments(access: Access) -> dict[str, object]:
    """``Access.as_client()``. *Raises*: NoStream, where the addresses or the CA's file can't be used."""
    for server in access.servers.split(","):
        _address(server)
    try:
        return access.as_client()
    except OSError as error:  # ssl.SSLError is one: the file holds no certificate
        raise NoStream(_no_certificate(str(access.ca_file))) from error


@contextmanager
def reaching(access: Access) -> Iterator[None]:
    """Tell what keeps a client of kafka-python from the brokers; what they answer is the caller's to judge.

    *Raises*: NoStream.
    """
    try:
        from kafka import errors
    except ImportError as error:
        raise NoStream(driver_missing("kafka-python")) from error
    try:
        yield
    except (errors.SaslAuthenticationFailedError, errors.IllegalSaslStateError) as error:
        raise NoStream(not_let_in(access.servers)) from error
    except errors.BrokerResponseError:
        raise
    except (errors.RetriableError, OSError) as error:
        raise NoStream(why_not(access)) from error


def why_not(access: Access) -> Fault:
    """Knock at each broker as a client would, and judge by the furthest that one of them let us come."""
    came = max(_knock(access, server) for server in access.servers.split(","))
    if came <= _Came.IN_WITHOUT_A_NAME:
        return unreachable(access.servers)
    return not_let_in(access.servers) if came is _Came.TO_THE_DOOR else _not_vouched_for(access.servers)


def _knock(access: Access, server: str) -> _Came:
    host, port = _address(server)
    try:
        with socket.create_connection((host, port), _WITHIN_S) as plain:
            return _ask(access, plain, host)
    except OSError:
        return _Came.NOWHERE


def _ask(access: Access, plain: socket.socket, host: str) -> _Came:
    """A broker that says nothing at all (stopped, or not a broker) wasn't reached."""
    tls = access.tls()
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
        raise NoStream(_no_address(server))
    return host.strip("[]"), int(port)


def _no_address(server: str) -> Fault:
    return Fault(
        N_("{value} is no broker's address"),
        N_("set YIHUI_KAFKA to its address, such as 127.0.0.1:9092"),
        field="YIHUI_KAFKA",
        value=server,
    )


def _no_certificate(path: str) -> Fault:
    return Fault(
        N_("{value} can't be read as certificates"),
        N_("set YIHUI_KAFKA_CA to the file with the certificate (PEM) of who vouches for the brokers"),
        field="YIHUI_KAFKA_CA",
        value=path,
    )


def _not_vouched_for(servers: str) -> Fault:
    return Fault(
        N_(
            "the broker at {value} shows a certificate that isn't its own, or that nobody we trust vouches for"
        ),
        N_(
            "set YIHUI_KAFKA_CA to who vouches for it, and YIHUI_KAFKA to the name in the certificate; "
            "if neither is wrong, somebody stands between: send nothing"
        ),
        field="YIHUI_KAFKA_CA",
        value=servers,
    )
