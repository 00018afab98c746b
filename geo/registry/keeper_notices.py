"""The valid status reports of one station with their event ids, so that its keeper can undo them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from geo.registry.statement_rows import report_from_row
from geo.registry.status_tables import station_statements
from geo.status.statements import StatusReport


@dataclass(frozen=True, slots=True)
class NumberedReport:
    """One status report and its event's id."""

    number: str
    status_report: StatusReport


def load_valid_reports(connection: Connection, station: str, at: datetime) -> list[NumberedReport]:
    """Return all status reports of a station that have not expired, in order."""
    c = station_statements.c
    query = select(station_statements).where(c.station_id == station, c.lapses_at > at)
    words = [NumberedReport(row.event_id, report_from_row(row)) for row in connection.execute(query)]
    return sorted(words, key=lambda word: word.status_report.order)


def find_numbered_report(
    connection: Connection, station: str, source: str, number: str
) -> NumberedReport | None:
    """Return the status report of one event; None if the event is not yet processed or was refused."""
    c = station_statements.c
    mine = (c.event_id == number, c.source == source, c.station_id == station)
    row = connection.execute(select(station_statements).where(*mine)).one_or_none()
    return None if row is None else NumberedReport(row.event_id, report_from_row(row))
