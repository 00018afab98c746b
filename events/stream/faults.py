"""What keeps the stream from being had: no broker is named, it can't be reached, it refuses us, no driver."""

from core.faults import Fault

N_ = str  # marks a text for the message catalogue


class NoStream(Exception):
    """The brokers can't be used; what was accepted waits in the database."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)

    @property
    def trouble(self) -> str:
        """For logs and probes; what a person reads is told from ``faults``, in his language."""
        return "; ".join(fault.message.format_map(fault.values) for fault in self.faults)


def unnamed() -> Fault:
    return Fault(
        N_("no broker is named"),
        N_("set YIHUI_KAFKA to its address, such as 127.0.0.1:9092"),
        field="YIHUI_KAFKA",
    )


def unreachable(servers: str) -> Fault:
    return Fault(
        N_("the broker at {value} can't be reached"),
        N_("start it, or correct YIHUI_KAFKA; yihui doctor looks at it"),
        field="YIHUI_KAFKA",
        value=servers,
    )


def not_let_in(servers: str) -> Fault:
    return Fault(
        N_("the broker at {value} doesn't let us in"),
        N_("correct YIHUI_KAFKA_PROTOCOL, YIHUI_KAFKA_USER, YIHUI_KAFKA_PASSWORD and YIHUI_KAFKA_CA"),
        field="YIHUI_KAFKA",
        value=servers,
    )


def driver_missing(name: str) -> Fault:
    return Fault(N_("{value} is not installed"), N_("install yihui[kafka]"), value=name)
