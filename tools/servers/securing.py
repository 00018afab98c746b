"""A broker with TLS and SCRAM on, its certificate made for it and for nobody else."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.servers import kafka

USER, PASSWORD = "yihui", "correct-horse"
_MECHANISM = "SCRAM-SHA-512"


def certificate(folder: Path, name: str = "IP:127.0.0.1") -> Path:
    """A certificate that vouches for itself; its key lies beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=yihui"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(path)]
    subprocess.run([*command, *files, "-addext", f"subjectAltName={name}"], check=True, capture_output=True)
    return path


@contextmanager
def secured(certificate: Path) -> Iterator[kafka.Kafka]:
    """A broker that talks to nobody without TLS, and to nobody but ``USER``."""
    both = certificate.with_name("both.pem")
    both.write_text(certificate.with_name("key.pem").read_text() + certificate.read_text())
    settings = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "sasl.enabled.mechanisms": _MECHANISM,
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }
    user = f"{_MECHANISM}=[name={USER},password={PASSWORD}]"
    with kafka.brokers(1, "SASL_SSL", settings, "--add-scram", user) as cluster:
        yield cluster
