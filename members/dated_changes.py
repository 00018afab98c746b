"""Find members by a date among their facts, through an index over their changes (docs/decisions/0046)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, TextClause, bindparam, text

from core.civil_time import end_of_day
from store import Instant

DatedFact = Literal["birthday", "joined_on"]
PAGE_ROWS = 500
_FORMS = MappingProxyType(
    {
        "sqlite": ("json_extract(changes, '$.{name}')", "(SELECT value FROM json_each(:dates))", "IN"),
        "postgresql": ("(changes::json ->> '{name}')", "(CAST(:dates AS text[]))", "= ANY"),
    }
)
_ONLY_LUNAR = (
    " AND EXISTS (SELECT 1 FROM member_changes AS chosen"
    " WHERE chosen.member_id = member_changes.member_id AND {calendar} = 'lunar')"
)
_PLAIN = (
    "member_id, changes, effective_at < :end AND NOT EXISTS (SELECT 1 FROM member_changes AS other"
    " WHERE other.member_id = member_changes.member_id AND other.sequence <> member_changes.sequence)"
)
_HARDSHIP = "member_changes WHERE {level} IS NOT NULL AND effective_at >= :first AND effective_at < :end"


@dataclass(frozen=True, slots=True)
class DatedMembers:
    """A page of members of whom some change states a date: id, the change's values, and whether they are plain.

    Of a plain member one change is known, which took effect in time. The facts of the others must be folded
    from all of their changes.
    """

    examined: int
    rows: Sequence[tuple[str, Mapping[str, Any], bool]]

    @property
    def others(self) -> list[str]:
        return [member for member, _, is_plain in self.rows if not is_plain]


def iter_members_by_date(
    connection: Connection, fact: DatedFact, dates: Collection[date], day: date, *, only_lunar: bool = False
) -> Iterator[DatedMembers]:
    """Yield the members of whom some change states one of these dates, in pages; the same member may come twice.

    ``day`` is the day as of which plain members are judged. With ``only_lunar``, yield only those who chose
    the lunar calendar at any time.
    """
    stated = _FORMS[connection.dialect.name][0].format(name=fact)
    # SQLite's own order
    order = "" if connection.dialect.name == "sqlite" else f" ORDER BY {stated}, member_id"
    query = text(f"{_by_date(connection, _PLAIN, fact, only_lunar)}{order}")
    bounds = {"dates": _dates(connection, dates), "end": end_of_day(day)}
    rows = connection.execution_options(yield_per=PAGE_ROWS).execute(
        query.bindparams(bindparam("end", type_=Instant)), bounds
    )
    examined = 0
    for page in rows.partitions(PAGE_ROWS):
        examined += len(page)
        yield DatedMembers(
            examined, [(member, from_json(values), bool(plain)) for member, values, plain in page]
        )


def count_members_by_date(
    connection: Connection, fact: DatedFact, dates: Collection[date], *, only_lunar: bool = False
) -> int:
    """Return how many members ``iter_members_by_date`` yields."""
    query = _by_date(connection, "count(*)", fact, only_lunar)
    return int(connection.execute(text(query), {"dates": _dates(connection, dates)}).scalar_one())


def iter_members_with_hardship(connection: Connection, first: datetime, end: datetime) -> Iterator[str]:
    """Yield the members whose hardship level a change stated between two instants."""
    rows = connection.execution_options(yield_per=PAGE_ROWS).execute(
        _hardship(connection, "member_id"), {"first": first, "end": end}
    )
    yield from rows.scalars()


def count_members_with_hardship(connection: Connection, first: datetime, end: datetime) -> int:
    """Return how many members ``iter_members_with_hardship`` yields."""
    query = _hardship(connection, "count(*)")
    return int(connection.execute(query, {"first": first, "end": end}).scalar_one())


def iter_all_members(connection: Connection) -> Iterator[list[str]]:
    """Yield all members in pages by id; each page is a query of its own, so that no long one is open."""
    query = text(
        "SELECT DISTINCT member_id FROM member_changes WHERE member_id > :last ORDER BY member_id LIMIT :most"
    )
    last = ""
    while page := list(connection.execute(query, {"last": last, "most": PAGE_ROWS}).scalars()):
        yield page
        last = page[-1]


def count_all_members(connection: Connection) -> int:
    """Return the number of members of whom anything is known."""
    return int(connection.execute(text("SELECT count(DISTINCT member_id) FROM member_changes")).scalar_one())


def _by_date(connection: Connection, what: str, fact: DatedFact, only_lunar: bool) -> str:
    stated, listed, among = _FORMS[connection.dialect.name]
    column = stated.format(name=fact)
    lunar = _ONLY_LUNAR.format(calendar=stated.format(name="birthday_calendar")) if only_lunar else ""
    # The second condition lets SQLite use the partial index.
    where = f"{column} {among} {listed} AND {column} IS NOT NULL{lunar}"
    return f"SELECT {what} FROM member_changes WHERE {where}"


def _hardship(connection: Connection, what: str) -> TextClause:
    level = _FORMS[connection.dialect.name][0].format(name="hardship_level")
    query = text(f"SELECT {what} FROM {_HARDSHIP.format(level=level)}")
    return query.bindparams(bindparam("first", type_=Instant), bindparam("end", type_=Instant))


def _dates(connection: Connection, dates: Collection[date]) -> Any:
    listed = sorted(day.isoformat() for day in dates)
    return to_json(listed).decode() if connection.dialect.name == "sqlite" else listed
