"""Broker addresses, topic names and credentials, for kafka-python and for Faust."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"]
TopicBaseName = Literal["member-events", "station-events", "benefit-events"]


@dataclass(frozen=True, slots=True)
class StreamAccess:
    """How to reach the brokers.

    ``servers`` is ``host:port,host:port``; ``prefix`` begins the names of all topics and groups.
    """

    servers: str
    prefix: str = "yihui"
    protocol: SecurityProtocol = "PLAINTEXT"
    mechanism: SaslMechanism = "SCRAM-SHA-512"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None  # CA certificates for the brokers; None: the system's

    def topic_name(self, noun: TopicBaseName) -> str:
        """Return the full name of a topic: ``yihui.member-events``."""
        return f"{self.prefix}.{noun}"

    def topic_for_event_type(self, kind: str) -> str:
        """Return the topic for events of a type: of stations, of benefits and notices, or else of members."""
        if kind.startswith("station."):
            return self.topic_name("station-events")
        return self.topic_name(
            "benefit-events" if kind.startswith(("benefit.", "membership.")) else "member-events"
        )

    @property
    def consumer_group(self) -> str:
        """The workers' consumer group, which is also the name of the Faust app."""
        return f"{self.prefix}-worker"

    @property
    def has_tls(self) -> bool:
        """Whether the connection uses TLS."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def has_sasl(self) -> bool:
        """Whether the client logs in with SASL."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    def build_ssl_context(self) -> ssl.SSLContext | None:
        """Return a context that checks the broker's certificate and host name; None without TLS.

        *Raises*: OSError if the CA file can't be read.
        """
        return ssl.create_default_context(cafile=self.ca_file) if self.has_tls else None

    def kafka_arguments(self) -> dict[str, object]:
        """Return the keyword arguments of kafka-python's clients."""
        given: dict[str, object] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.protocol,
        }
        if self.has_tls:
            given["ssl_context"] = self.build_ssl_context()
        if self.has_sasl:
            given |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return given
