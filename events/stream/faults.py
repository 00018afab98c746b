"""Faults that make the stream unavailable: no broker named, unreachable, access refused, no driver."""

from core.faults import Fault
from core.text_marks import N_


class NoStream(Exception):
    """The brokers can't be used; accepted events wait in the database."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)

    @property
    def trouble(self) -> str:
        """The reason for logs and probes; people read ``faults`` in their own language."""
        return "; ".join(fault.message.format_map(fault.values) for fault in self.faults)


def unnamed_broker_fault() -> Fault:
    """Build the fault for a missing YIHUI_KAFKA."""
    return Fault(
        N_("no broker is named"),
        N_("set YIHUI_KAFKA to its address, such as 127.0.0.1:9092"),
        field="YIHUI_KAFKA",
    )


def unreachable_broker_fault(servers: str) -> Fault:
    """Build the fault for brokers that don't answer."""
    return Fault(
        N_("the broker at {value} can't be reached"),
        N_("start it, or correct YIHUI_KAFKA; yihui doctor looks at it"),
        field="YIHUI_KAFKA",
        value=servers,
    )


def refused_access_fault(servers: str) -> Fault:
    """Build the fault for brokers that refuse the credentials or the protocol."""
    return Fault(
        N_("the broker at {value} doesn't let us in"),
        N_("correct YIHUI_KAFKA_PROTOCOL, YIHUI_KAFKA_USER, YIHUI_KAFKA_PASSWORD and YIHUI_KAFKA_CA"),
        field="YIHUI_KAFKA",
        value=servers,
    )


def missing_driver_fault(name: str) -> Fault:
    """Build the fault for a Python package that is not installed."""
    return Fault(N_("{value} is not installed"), N_("install yihui[kafka]"), value=name)
