"""Lines of income that organisations decided: from a day on, by a document; the levels below inherit them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from members.hardship.tables import hardship_income_lines


@dataclass(frozen=True, slots=True)
class IncomeLine:
    """The monthly income per head that an organisation and those below it hold case files against. *Units*: fen."""

    organisation: str
    since: date
    line_fen: int
    document: str
    officer: str
    recorded_at: datetime
    number: int = 0  # of the record, once there is one


def record_income_line(connection: Connection, line: IncomeLine) -> int:
    """Append a line and return its number; of two for one organisation and day the later one counts."""
    row = {name: getattr(line, name) for name in IncomeLine.__slots__ if name != "number"}
    made = insert(hardship_income_lines).values(row).returning(hardship_income_lines.c.number)
    return int(connection.execute(made).scalar_one())


def list_income_lines(connection: Connection, organisations: Iterable[str] | None = None) -> list[IncomeLine]:
    """List the lines of some organisations, or of all, in the order in which they were recorded."""
    c = hardship_income_lines.c
    query = select(*(c[name] for name in IncomeLine.__slots__)).order_by(c.number)
    if organisations is not None:
        query = query.where(c.organisation.in_(sorted(set(organisations))))
    return [IncomeLine(**row) for row in connection.execute(query).mappings()]


def find_income_line(lines: Iterable[IncomeLine], lineage: Sequence[str], day: date) -> IncomeLine | None:
    """Return the line in force on a day for an organisation: its own, or that of the nearest one above.

    ``lineage`` is the organisation and those above it, the nearest first.
    """
    known = list(lines)
    for code in lineage:
        own = [one for one in known if one.organisation == code and one.since <= day]
        if own:
            return max(enumerate(own), key=lambda pair: (pair[1].since, pair[0]))[1]
    return None
