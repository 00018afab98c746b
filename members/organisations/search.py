"""Search organisations of a day by name, code, kind and parent, and by what is due: an election, a count of members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select

from core.simplified import list_spellings
from members.organisations.storage import begins_with, holds_on, read_spans, span_from_row
from members.organisations.tree import OrganisationSpan
from members.tables import organisation_spans

NOTICE_DAYS = 90  # before the end of a term in which its election is listed: our choice
_PLACE = organisation_spans.c
_LONGEST_CHAIN = 100  # of mergers, one after another


def find_next_count(span: OrganisationSpan, count_days: int) -> date | None:
    """Return the last day in time for the next count, so many days after its year; None if none is recorded."""
    counted = span.last_counted
    return None if counted is None else date(counted + 1, 12, 31) + timedelta(days=count_days)


def build_due_condition(day: date) -> ColumnElement[bool]:
    """Return a condition on a span: its term ends soon or has ended, or last year's count is missing."""
    span = organisation_spans.c
    return or_(span.term_ends <= day + timedelta(days=NOTICE_DAYS), span.last_counted < day.year - 1)


@dataclass(frozen=True, slots=True)
class OrganisationQuery:
    """What a search looks for on a day; each given criterion must match.

    ``name`` may stand anywhere in the name, or with ``is_whole`` is all of it, in simplified or traditional
    characters and with brackets of either width; ``code`` is the beginning of a code. ``offset`` counts the rows
    before a page. ``within`` are paths, of which one leads there, and so does ``below``.
    """

    day: date
    name: str | None = None
    code: str | None = None
    kind: str | None = None
    parent: str | None = None
    limit: int = 50
    within: tuple[str, ...] | None = None
    is_whole: bool = False
    is_due: bool = False  # an election or a count of members
    below: str | None = None
    offset: int = 0


def _matching(connection: Connection, query: OrganisationQuery, *columns: ColumnElement[Any]) -> Select[Any]:
    found = select(*columns).where(holds_on(query.day))
    if query.name is not None:
        spellings = list_spellings(query.name)
        # LIKE of SQLite ignores the case by itself, twice as fast as of two texts in small letters.
        contains = _PLACE.name.contains if connection.dialect.name == "sqlite" else _PLACE.name.icontains
        matches = _PLACE.name.__eq__ if query.is_whole else partial(contains, autoescape=True)
        found = found.where(or_(false(), *map(matches, spellings)))
    if query.code is not None:
        found = found.where(_PLACE.code.startswith(query.code, autoescape=True))
    if query.kind is not None:
        found = found.where(_PLACE.kind == query.kind)
    if query.parent is not None:
        found = found.where(_PLACE.parent == query.parent)
    if query.below is not None:
        found = found.where(begins_with(query.below))
    if query.within is not None:
        found = found.where(or_(false(), *map(begins_with, query.within)))
    if query.is_due:
        found = found.where(build_due_condition(query.day))
    return found


def find_organisations(connection: Connection, query: OrganisationQuery) -> list[OrganisationSpan]:
    """Return one page of the organisations that match, by code.

    The page's keys are found first, in an index that has the names: a word may stand in none of half a million.
    """
    page = _matching(connection, query, _PLACE.code, _PLACE.since)
    keys = page.order_by(_PLACE.code).limit(query.limit).offset(query.offset).subquery()
    found = (
        select(organisation_spans)
        .join(keys, and_(_PLACE.code == keys.c.code, _PLACE.since == keys.c.since))
        .order_by(_PLACE.code)
    )
    return [span_from_row(row) for row in connection.execute(found).mappings()]


def count_organisations(connection: Connection, query: OrganisationQuery, most: int | None = None) -> int:
    """Return how many organisations match, on all pages; at most so many are counted."""
    found = _matching(connection, query, _PLACE.code).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def find_due_organisations(connection: Connection, query: OrganisationQuery) -> list[OrganisationSpan]:
    """Return organisations that match: those whose count is missing longest first, then by the end of the term."""
    by_deadline = (_PLACE.last_counted.nulls_last(), _PLACE.term_ends.nulls_last(), _PLACE.code)
    found = _matching(connection, query, *organisation_spans.c).order_by(*by_deadline).limit(query.limit)
    return [span_from_row(row) for row in connection.execute(found).mappings()]


def find_successors(connection: Connection, spans: Sequence[OrganisationSpan]) -> list[OrganisationSpan]:
    """Return where the members of an ended organisation went: each that ended too, and the one that goes on."""
    found: list[OrganisationSpan] = []
    seen: set[str] = set()
    while spans and (into := spans[-1].into) and into not in seen and len(found) < _LONGEST_CHAIN:
        seen.add(into)
        spans = read_spans(connection, [into])[into]
        found += spans[-1:]
    return found


def name_lineage(connection: Connection, codes: Iterable[str], day: date) -> dict[str, str]:
    """Return the names that organisations had on a day; of one that wasn't there then, no name."""
    spans = read_spans(connection, codes)
    return {code: span.name for code, found in spans.items() for span in found if span.holds(day)}
