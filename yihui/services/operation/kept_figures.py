"""Figures of a large installation that a page can't compute while an officer waits: the upkeep makes them once a day.

A page that shows them names the instant at which they were computed. A small installation stores none: its pages count
at once.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, and_, delete, false, func, or_, select, true

from benefits.reporting.report_sums import collect_sums, write_sums
from benefits.tables.decisions import postings
from core.civil_time import civil_date
from events.retries import run_in_transaction
from members import organisation_names
from members.statistics.movements import CountedPeriod, find_code_ranges
from members.statistics.tables import ALL, StatisticsTable, TableForm
from members.tables import memberships, organisation_spans
from store import insert_into
from yihui.access.job_tables import kept_figures
from yihui.bootstrap import Wiring
from yihui.services.organisations.statistics import MemberStatistics, StatisticsQuery, load_member_statistics

MOST_LIVE_POSTINGS = 200_000  # a report on so many takes about a second
MOST_LIVE_MEMBERS = 2_000
_BENEFITS, _MEMBERS = "benefits", "members"
_COUNTY_DIGITS = 6
_LOG = logging.getLogger(__name__)


def read_as_of(connection: Connection) -> datetime | None:
    """Return the instant whose sums of postings are kept; None if none are."""
    c = kept_figures.c
    return connection.execute(select(c.as_of).where(c.kind == _BENEFITS)).scalar_one_or_none()


def record_benefit_sums(wiring: Wiring) -> None:
    """Sum the postings of a large ledger for its reports, unless that was done today."""
    now = wiring.now()
    with wiring.database.read() as connection:
        as_of = read_as_of(connection)
        newest = connection.execute(select(func.max(postings.c.sequence))).scalar_one() or 0
        is_large = newest > MOST_LIVE_POSTINGS
        if (as_of is None and not is_large) or (as_of and is_large and civil_date(as_of) >= civil_date(now)):
            return
        sums = collect_sums(connection) if is_large else {}

    def store(connection: Connection) -> None:
        write_sums(connection, sums)
        _forget(connection, _BENEFITS)
        if is_large:
            _store(connection, _BENEFITS, "", now, {})

    run_in_transaction(wiring.database, store)
    _LOG.info("kept %d sums of postings", len(sums))


def record_member_statistics(wiring: Wiring) -> None:
    """Count the members of large provinces, cities and counties, unless that was done today."""
    now = wiring.now()
    today = civil_date(now)
    with wiring.database.read() as connection:
        newest = select(func.max(kept_figures.c.as_of)).where(kept_figures.c.kind == _MEMBERS)
        as_of = connection.execute(newest).scalar_one()
        if as_of is not None and civil_date(as_of) >= today:
            return
        large = [code for code in _list_areas(connection, today) if _is_large(connection, code, today)]
    if as_of is None and not large:
        return
    counted = {code: load_member_statistics(wiring, StatisticsQuery(root=code)) for code in large}

    def store(connection: Connection) -> None:
        _forget(connection, _MEMBERS)
        for code, found in counted.items():
            _store(connection, _MEMBERS, code, now, _render(found))

    run_in_transaction(wiring.database, store)
    _LOG.info("kept the statistics of %d organisations", len(counted))


def load_organisation_statistics(wiring: Wiring, code: str) -> tuple[MemberStatistics, datetime | None]:
    """Load the statistics of an organisation and all below it, and as of when they are if they are kept.

    *Raises*: FaultError.
    """
    c = kept_figures.c
    with wiring.database.read() as connection:
        query = select(c.as_of, c.content).where(c.kind == _MEMBERS, c.subject == code)
        row = connection.execute(query).one_or_none()
        if row is not None:
            return _parse(connection, code, from_json(row.content)), row.as_of
    return load_member_statistics(wiring, StatisticsQuery(root=code)), None


def _render(found: MemberStatistics) -> object:
    """Return statistics as they are kept: the period, the rows, and each number with its row."""
    cells = {name: [[*cell, n] for cell, n in numbers.items()] for name, numbers in found.table.cells.items()}
    period = [found.period.first.isoformat(), found.period.last.isoformat()]
    return {"period": period, "rows": found.table.rows, "cells": cells}


def _parse(connection: Connection, code: str, kept: Any) -> MemberStatistics:
    first, last = map(date.fromisoformat, kept["period"])
    cells = {
        name: {(row, column): n for row, column, n in numbers} for name, numbers in kept["cells"].items()
    }
    table = StatisticsTable(TableForm(code, "organisation"), tuple(kept["rows"]), (), cells)
    names = organisation_names(connection, {code, *table.rows} - {ALL})
    query = StatisticsQuery(root=code, first=first, last=last)
    return MemberStatistics(query, CountedPeriod(first, last), table, names)


def _list_areas(connection: Connection, day: date) -> Iterator[str]:
    spans = organisation_spans.c
    there = (spans.since <= day, or_(spans.until.is_(None), spans.until > day))
    query = select(spans.code).where(func.length(spans.code) == _COUNTY_DIGITS, *there)
    yield from connection.execute(query.order_by(spans.code)).scalars().all()


def _is_large(connection: Connection, code: str, day: date) -> bool:
    """Return whether so many people are or were members below an organisation that a count takes long."""
    place = memberships.c.organisation
    prefixes = find_code_ranges(connection, code, day).prefixes
    after = {one: str(int(one) + 1) for one in prefixes if one.isdigit()}
    within = [and_(place >= one, place < bound) for one, bound in after.items()]
    query = select(memberships.c.member_id).where(or_(true() if not prefixes else false(), *within))
    query = query.offset(MOST_LIVE_MEMBERS).limit(1)
    return connection.execute(query).first() is not None


def _forget(connection: Connection, kind: str) -> None:
    connection.execute(delete(kept_figures).where(kept_figures.c.kind == kind))


def _store(connection: Connection, kind: str, subject: str, as_of: datetime, content: object) -> None:
    row = {"kind": kind, "subject": subject, "as_of": as_of, "content": to_json(content).decode()}
    connection.execute(insert_into(connection, kept_figures).values(row))
