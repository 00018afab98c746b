"""What verification says of a ledger's database and of its exports."""

from collections.abc import Iterable

from sqlalchemy import Connection

from benefits import canonical_export_lines, verify_ledger
from benefits.verification.export_reading import ExportReading
from benefits.verification.verify import verify_export_lines
from core.faults import Fault


def disagreements_of(lines: Iterable[bytes]) -> tuple[Fault, ...]:
    return verify_export_lines(lines).disagreements


def changed_lines(lines: Iterable[bytes]) -> list[Fault]:
    """What the lines' own digests say, whatever is in the rows."""
    reading = ExportReading()
    for _ in reading.rows(lines):
        pass
    return reading.faults


def export_lines(connection: Connection, *, seals: bool = False) -> list[bytes]:
    return [line.encode() for line in canonical_export_lines(connection, seals=seals)]


def online(connection: Connection) -> list[str]:
    """Every disagreement in the database, as text, in the order of texts."""
    return sorted(fault.text for fault in verify_ledger(connection).disagreements)


def offline(connection: Connection, *, seals: bool = True) -> list[str]:
    """Every disagreement in an export of the database: what a forger who knows all digests would write."""
    return sorted(fault.text for fault in disagreements_of(export_lines(connection, seals=seals)))
