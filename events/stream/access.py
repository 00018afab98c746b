"""How to get at the brokers: addresses, and who we are. For kafka-python and for Faust alike."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"]
Noun = Literal["member-events", "station-events", "benefit-events", "dead-letters"]


@dataclass(frozen=True, slots=True)
class Access:
    """``servers`` is ``host:port,host:port``; ``prefix`` begins every topic's and group's name."""

    servers: str
    prefix: str = "yihui"
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None  # who vouches for the brokers; None: whoever the machine trusts

    def topic(self, noun: Noun) -> str:
        """The name of a topic: ``yihui.member-events``."""
        return f"{self.prefix}.{noun}"

    def topic_of(self, kind: str) -> str:
        """Where events of a type go: of stations, of benefits, all others of members."""
        if kind.startswith("station."):
            return self.topic("station-events")
        return self.topic("benefit-events" if kind.startswith("benefit.") else "member-events")

    @property
    def group(self) -> str:
        """The workers' consumer group, which is the name of the Faust app as well."""
        return f"{self.prefix}-worker"

    @property
    def has_tls(self) -> bool:
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def has_sasl(self) -> bool:
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    def tls(self) -> ssl.SSLContext | None:
        """The broker's certificate and name are always checked. *Raises*: OSError, where the file can't be read."""
        return ssl.create_default_context(cafile=self.ca_file) if self.has_tls else None

    def as_client(self) -> dict[str, object]:
        """Keyword arguments of kafka-python's clients."""
        given: dict[str, object] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.protocol,
        }
        if self.has_tls:
            given["ssl_context"] = self.tls()
        if self.has_sasl:
            given |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return given
