"""Copies of a ledger's rows inside PostgreSQL: years of decisions in the time of an hour.

A base of real decisions is set aside, row by row with the event behind it. A copy inserts these rows once more into
the open month, with new ids, members, events, days and times: of all events that change no member, for members drawn
from all that are there; or of those that do, as a population of new members. Digests and hashes have the right length
and nothing else, so such a ledger does not verify. Of the grants that have ended in the base, an
eighth has ended in its copies; the others are open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

import psycopg

from store.monthly_tables import MONTHLY_TABLES

Session = psycopg.Connection[tuple[object, ...]]
_ORDINAL = "({column} - date '0001-01-01' + 1)"
_DUE_AFTER_DAYS, _DUE_FOR_DAYS = (
    800,
    62,
)  # so that nothing of a copy is due on a measured day, in a later year
_SPREAD_DAYS = 28  # the days of a year are folded onto these of a month
_SETTINGS = (
    "SET session_replication_role = replica",  # no triggers: the foreign keys of the base hold in its copies
    "SET synchronous_commit = off",
    "SET work_mem = '256MB'",
    "SET client_min_messages = warning",
)
_FUNCTIONS = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.new_id(id text, copy text, day int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN substr(id, 1, 2) = 'b4'
THEN lpad(to_hex(day + ('x' || substr(id, 1, 5))::bit(20)::int % 28), 5, '0') || md5(id || copy) || substr(id, 6, 3)
ELSE md5(id || copy) || substr(id, 1, 8) END $$;
CREATE TABLE bench.copies (
  number serial PRIMARY KEY, month date NOT NULL, population int, decisions bigint NOT NULL, events bigint NOT NULL
);
CREATE TABLE bench.events AS
SELECT (row_number() OVER (ORDER BY j.sequence))::int AS e, j.source, j.event_id, j.member_id,
EXISTS (SELECT FROM member_changes AS c WHERE c.source = j.source AND c.event_id = j.event_id) AS is_change
FROM journal AS j;
CREATE TABLE bench.first_changes AS
SELECT member_id, min(e) AS e FROM bench.events WHERE is_change GROUP BY member_id;
CREATE TABLE bench.of_decisions AS SELECT d.id, x.e FROM decisions AS d JOIN bench.events AS x USING (source, event_id);
CREATE TABLE bench.of_grants AS SELECT g.id, x.e FROM grants AS g JOIN bench.of_decisions AS x ON x.id = g.decision_id;
CREATE TABLE bench.of_transactions AS
SELECT t.id, x.e FROM transactions AS t JOIN bench.of_grants AS x ON x.id = t.grant_id
WHERE t.kind = 'promise' OR x.e % 8 = 0;
"""
_BY_EVENT = "JOIN bench.events AS x ON x.source = t.source AND x.event_id = t.event_id"
_BY_GRANT = "JOIN bench.of_grants AS x ON x.id = t.grant_id"
_OF_OUTBOX = "JOIN (SELECT id, e FROM bench.of_transactions UNION SELECT id, e FROM bench.of_decisions) AS x ON x.id = t.id"


def _day(column: str) -> str:
    return f"(:month::date + {_ORDINAL.format(column=f's.{column}')} % {_SPREAD_DAYS})"


def _id(column: str) -> str:
    return f"bench.new_id(s.{column}, ':copy', :day)"


def _hash(column: str) -> str:
    """Return a text of 64 hexadecimal digits that differs from copy to copy."""
    return f"md5(s.{column} || ':copy') || md5(':copy' || s.{column})"


@dataclass(frozen=True, slots=True)
class RowCopying:
    """How the rows of a table are copied: the event of each row, and what differs, in SQL.

    ``s`` is the row, ``m`` has the new ``member`` and ``event`` of its event; a column of None is left to the
    database, and what isn't named is copied as it is.
    """

    of_event: str
    columns: Mapping[str, str | None]
    where: str = "true"


_BATCH = {"batch": "s.batch + :batches"}
_AT = {"recorded_at": "':at'::timestamptz"}
COPYINGS: Mapping[str, RowCopying] = MappingProxyType(
    {
        "inbox": RowCopying(
            "JOIN bench.events AS x ON x.source = t.source AND x.event_id = t.id",
            {"id": "m.event", "digest": _hash("digest"), **_AT, **_BATCH},
        ),
        "journal": RowCopying(
            _BY_EVENT,
            {
                "sequence": None, "event_id": "m.event", "member_id": "m.member",
                "event": "replace(replace(s.event, s.event_id, m.event), s.member_id, m.member)", **_BATCH,
                "occurred_at": "':at'::timestamptz",
            },
        ),
        "member_changes": RowCopying(
            _BY_EVENT, {"sequence": None, "member_id": "m.member", "event_id": "m.event", **_BATCH}
        ),
        "memberships": RowCopying(
            "JOIN bench.first_changes AS x ON x.member_id = t.member_id", {"member_id": "m.member"}
        ),
        "application_steps": RowCopying(
            _BY_EVENT, {"sequence": None, "member_id": "m.member", "event_id": "m.event"}
        ),
        "decisions": RowCopying(
            _BY_EVENT,
            {
                "id": _id("id"), "member_id": "m.member", "event_id": "m.event", **_AT,
                "occurred_on": _day("occurred_on"),
            },
        ),
        "grants": RowCopying(
            "JOIN bench.of_decisions AS x ON x.id = t.decision_id",
            {
                "id": _id("id"), "decision_id": _id("decision_id"), "member_id": "m.member",
                "granted_on": _day("granted_on"),
                "expires_on": f"{_day('granted_on')} + (s.expires_on - s.granted_on)",
                "claim_by": f"{_day('granted_on')} + (s.claim_by - s.granted_on)",
            },
        ),
        "transactions": RowCopying(
            "JOIN bench.of_transactions AS x ON x.id = t.id",
            {"id": _id("id"), "grant_id": _id("grant_id"), "occurred_on": _day("occurred_on"), **_AT},
        ),
        "postings": RowCopying(
            "JOIN bench.of_transactions AS x ON x.id = t.transaction_id",
            {"sequence": None, "transaction_id": _id("transaction_id"), **_AT},
        ),
        "grant_balances": RowCopying(f"{_BY_GRANT} AND x.e % 8 = 0", {"grant_id": _id("grant_id")}),
        "limit_slots": RowCopying(
            _BY_GRANT,
            {
                "limit_key": "replace(s.limit_key, m.old_member, m.member) || '#:copy'",
                "grant_id": _id("grant_id"), "day": _day("day"),
            },
        ),
        "due_slots": RowCopying(
            _BY_GRANT, {"day": f"{_day('day')} + {_DUE_AFTER_DAYS}", "grant_id": _id("grant_id")}
        ),
        "outbox": RowCopying(
            _OF_OUTBOX,
            {
                "sequence": None, "id": _id("id"), "key": "m.member", **_BATCH, **_AT,
                "published_at": "':at'::timestamptz", "offered_at": "':at'::timestamptz",
            },
        ),
    }
)  # fmt: skip
# Without an event: with each copy of the events that change no member. These are most events of the base.
_SEALS = """
INSERT INTO seals SELECT book, lane, number + (:copy + 1) * 100000, digests, previous, hash, ':at'::timestamptz
FROM bench.s_seals WHERE {share}
"""
_BATCHES = """
INSERT INTO row_batches SELECT number + :batches, table_name, row_count, digest, ':at'::timestamptz
FROM bench.s_row_batches WHERE {share}
"""
_BATCHES_OF_A_COPY = 10_000  # numbers; the base and the rounds need far fewer
_SHARE = "number % 4 < 3"
_MAP = """
CREATE TEMP TABLE copy_map ON COMMIT DROP AS
SELECT e, member_id AS old_member, event_id || '-:copy' AS event, md5(member_id || '/' || {population}) AS member
FROM bench.events WHERE {chosen}
"""
_RANDOM_POPULATION = "(1 + ('x' || substr(md5(event_id || ':copy'), 1, 7))::bit(28)::int % :populations)"


@dataclass(frozen=True, slots=True)
class Copies:
    """What has been copied so far."""

    number: int
    populations: int
    decisions: int
    events: int


def prepare_session(session: Session) -> None:
    """Set what copying needs."""
    for setting in _SETTINGS:
        session.execute(setting.encode())


def is_prepared(session: Session) -> bool:
    """Return whether the base has been set aside."""
    return session.execute("SELECT to_regclass('bench.s_seals') IS NOT NULL").fetchone() == (True,)


def set_base_aside(session: Session) -> None:
    """Store the rows that are there, each with the number of its event, in a schema of their own."""
    with session.transaction():
        session.execute(_FUNCTIONS.encode())
        for table, copying in COPYINGS.items():
            select = f"SELECT t.*, x.e FROM {table} AS t {copying.of_event} ORDER BY x.e"
            session.execute(f"CREATE TABLE bench.s_{table} AS {select}".encode())
        for table in ("row_batches", "seals"):
            session.execute(f"CREATE TABLE bench.s_{table} AS SELECT * FROM {table}".encode())
    session.execute("ANALYZE")


def read_copies(session: Session) -> Copies:
    """Return what has been copied so far."""
    row = session.execute(
        "SELECT count(*), count(population), coalesce(sum(decisions), 0), coalesce(sum(events), 0) FROM bench.copies"
    ).fetchone()
    assert row is not None
    return Copies(*(int(str(value)) for value in row))


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """A copy: into which month, as of when, and for whom.

    ``population`` is the number of a new population; None: events of the ``populations`` that are there.
    """

    month: date
    at: datetime
    population: int | None
    populations: int
    with_outbox: bool
    with_seals: bool


def copy_base(session: Session, plan: PlannedCopy) -> None:
    """Insert one copy of the base, in one transaction; several sessions may do so at once."""
    (number,) = session.execute("SELECT nextval('bench.copies_number_seq')").fetchall()[0]
    names = {
        ":month": f"'{plan.month}'", ":copy": str(number), ":at": plan.at.isoformat(),
        ":day": str(plan.month.toordinal()), ":populations": str(plan.populations),
        ":batches": str(int(str(number)) * _BATCHES_OF_A_COPY),
    }  # fmt: skip
    with session.transaction():
        chosen = "NOT is_change" if plan.population is None else "is_change"
        whose = _RANDOM_POPULATION if plan.population is None else str(plan.population)
        _run(session, _MAP.format(population=whose, chosen=chosen), names)
        _run(session, "ANALYZE copy_map", names)
        rows = {
            table: _run(session, _insert(session, table, copying), names)
            for table, copying in COPYINGS.items()
            if table != "outbox" or plan.with_outbox
        }
        if plan.population is None:
            if plan.with_seals:
                _run(session, _SEALS.format(share=_SHARE), names)
            _run(session, _BATCHES.format(share=_SHARE), names)
        session.execute(
            "INSERT INTO bench.copies VALUES (%s, %s, %s, %s, %s)",
            (number, plan.month, plan.population, rows["decisions"], rows["journal"]),
        )


def end_growth(session: Session) -> None:
    """Let the pipeline number its batches after those of the copies."""
    session.execute(
        "SELECT setval('row_batches_number_seq', greatest(last_value, (SELECT max(number) FROM row_batches)))"
        " FROM row_batches_number_seq"
    )


def _insert(session: Session, table: str, copying: RowCopying) -> str:
    found = session.execute(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        (table,),
    )
    all_columns = [str(row[0]) for row in found if row[0] != "month"]
    values = {name: copying.columns.get(name, f"s.{name}") for name in all_columns}
    taken = {name: value for name, value in values.items() if value is not None}
    return (
        f"INSERT INTO {table} ({', '.join(taken)}) SELECT {', '.join(taken.values())}"
        f" FROM bench.s_{table} AS s JOIN copy_map AS m USING (e) WHERE {copying.where}"
    )


def _run(session: Session, statement: str, names: Mapping[str, str]) -> int:
    for name, value in names.items():
        statement = statement.replace(name, value)
    return session.execute(statement.encode()).rowcount


def end_month(session: Session, month: date) -> None:
    """Delete what an installation has deleted by the beginning of a month: slots that were due, and old messages."""
    over = month + timedelta(days=_DUE_AFTER_DAYS - _DUE_FOR_DAYS)
    session.execute("DELETE FROM due_slots WHERE day < %s", (over,))
    session.execute("DELETE FROM outbox WHERE recorded_at < %s", (month,))


def read_sizes(session: Session) -> dict[str, int]:
    """Return the bytes of each table with its indexes and months, the largest first."""
    found = session.execute(
        "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class AS c"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    sizes: dict[str, int] = {}
    for name, size in found:
        table = next((one for one in MONTHLY_TABLES if str(name).startswith(f"{one}_")), str(name))
        sizes[table] = sizes.get(table, 0) + int(str(size))
    return dict(sorted(sizes.items(), key=lambda one: -one[1]))
