"""Sum the postings of a whole ledger once, so that reports on it need not read them one by one.

The sums say what the postings said when they were made; the caller keeps that instant with them. They are made
anew each time: a fact that was corrected for a day in the past moves what was granted then to another county.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Text, and_, case, cast, delete, func, insert, literal, select, union_all

from benefits.model.accounts import BUDGET_PREFIX, FEN, STAGES
from benefits.model.chunks import chunks
from benefits.tables.decisions import grants, postings
from benefits.tables.report_sums import benefit_sums
from benefits.tables.transactions import transactions
from members import MemberChange, facts_on, load_lineages, read_member_changes

EVERYWHERE = "*"
_GRANTS_AT_ONCE = 2_000
_ROWS_AT_ONCE = 5_000
_COUNTY_DIGITS = 6
SumKey = tuple[str, str, str, str, date, date]  # the key of the table
Sums = dict[SumKey, tuple[int, int, int]]  # fen that came in, fen that went out, and in how many postings


@dataclass(frozen=True, slots=True)
class ReportLine:
    """The fen that transactions of one kind moved into (or, negative, out of) a stage on a day.

    ``key`` is a rule, or a county; ``heads`` is how many transactions did.
    """

    key: str
    on: date
    kind: str
    stage: str
    fen: int
    heads: int


def collect_sums(connection: Connection) -> Sums:
    """Sum all postings of grants in fen, some grants at a time, in the order of their ids."""
    found: Sums = {}
    after = ""
    while rows := connection.execute(_next_grants(after)).all():
        days: dict[str, set[date]] = {}
        for row in rows:
            days.setdefault(row.member_id, set()).add(row.granted_on)
        of_members = _list_places_of_members(connection, days)
        places = {
            row.id: (of_members[row.member_id, row.granted_on], row.rule_id, row.granted_on) for row in rows
        }
        for move in connection.execute(_select_moves(after, rows[-1].id)):
            _add_move(found, places[move.grant_id], move)
        after = rows[-1].id
    return found


def _list_places_of_members(
    connection: Connection, days: Mapping[str, Collection[date]]
) -> dict[tuple[str, date], str]:
    """Return the counties, cities and provinces of members on some days, nearest first, with "/"."""
    histories = read_member_changes(connection, set(days))
    lineages = load_lineages(connection, list_organisations(histories.values()))
    return {
        (member, day): "/".join(
            one
            for one in lineages.lineage(organisation_of(histories[member], day), day)
            if len(one) == _COUNTY_DIGITS
        )
        for member, some in days.items()
        for day in some
    }


def _next_grants(after: str) -> Any:
    one = grants.c
    query = select(one.id, one.member_id, one.rule_id, one.granted_on).where(one.id > after)
    return query.order_by(one.id).limit(_GRANTS_AT_ONCE)


def _select_moves(after: str, until: str) -> Any:
    """Select the postings of a range of grants. A promise has its grant's id, and other moves an index on theirs."""
    one, line = transactions.c, postings.c
    promises = and_(one.id > after, one.id <= until, one.kind == "promise")
    later = and_(one.grant_id > after, one.grant_id <= until, one.kind != "promise")
    parts = [
        select(one.grant_id, one.occurred_on, one.kind, line.account, line.amount)
        .join(postings, line.transaction_id == one.id)
        .where(line.unit == FEN, which)
        for which in (promises, later)
    ]
    return union_all(*parts)


def _add_move(found: Sums, place: tuple[str, str, date], move: Any) -> None:
    """Add a posting to the sums; ``place`` is the counties of its member, and the rule and day of its grant."""
    counties, rule, granted_on = place
    is_budget = move.account.startswith(BUDGET_PREFIX)
    stage, _, of_stage = move.account.partition("/")
    if not is_budget and stage not in STAGES:
        return
    day = move.occurred_on
    key = (rule, move.kind, day, granted_on) if is_budget else (of_stage, move.kind, day, day)
    into, out = max(move.amount, 0), max(-move.amount, 0)
    for where in (EVERYWHERE,) if is_budget else (EVERYWHERE, counties):
        before = found.get((where, move.account, *key), (0, 0, 0))
        found[where, move.account, *key] = before[0] + into, before[1] + out, before[2] + 1


def write_sums(connection: Connection, sums: Sums) -> None:
    """Store sums in place of those that were there before."""
    names = [column.name for column in benefit_sums.columns]
    rows = [dict(zip(names, (*key, *counted), strict=True)) for key, counted in sums.items()]
    connection.execute(delete(benefit_sums))
    for some in chunks(rows, _ROWS_AT_ONCE):
        connection.execute(insert(benefit_sums), list(some))


def covers_all(within: frozenset[str] | None) -> bool:
    """Return whether the sums know all of some organisations: they know provinces, cities and counties."""
    return within is None or all(len(code) == _COUNTY_DIGITS for code in within)


def iter_kept_lines(
    connection: Connection,
    first: date | None,
    last: date,
    within: frozenset[str] | None,
    *,
    by_county: bool = False,
) -> Iterator[ReportLine]:
    """Yield lines by rule, or by county, until a day: one for what happened in a month before ``first`` or after."""
    one = benefit_sums.c
    month = func.substr(cast(one.occurred_on, Text), 1, 7)
    is_inside = literal(1) if first is None else case((one.occurred_on >= first, 1), else_=0)
    columns = (one.place, one.account, one.kind)
    query = (
        select(
            *columns,
            func.max(one.occurred_on).label("on"),
            func.sum(one.in_fen - one.out_fen).label("fen"),
            func.sum(one.heads).label("heads"),
        )
        .where(one.occurred_on <= last, one.account.not_like(f"{BUDGET_PREFIX}%"))
        .where(one.place.in_(_places(connection, within, by_county)))
        .group_by(*columns, month, is_inside)
    )
    for row in connection.execute(query):
        stage, _, rule = row.account.partition("/")
        key = row.place.partition("/")[0] if by_county else rule
        yield ReportLine(key, row.on, row.kind, stage, int(row.fen), int(row.heads))


def _places(connection: Connection, within: frozenset[str] | None, by_county: bool) -> list[str]:
    if within is None and not by_county:
        return [EVERYWHERE]
    query = select(benefit_sums.c.place).where(benefit_sums.c.place != EVERYWHERE).distinct()
    places = connection.execute(query).scalars()
    return [one for one in places if within is None or not within.isdisjoint(one.split("/"))]


def organisation_of(history: Sequence[MemberChange], day: date) -> str:
    """Return the organisation, or else the district, to which a member belonged on a day."""
    facts = facts_on(history, day)
    return str(facts["member.organisation"] or facts["member.district"] or "")


def list_organisations(histories: Iterable[Sequence[MemberChange]]) -> set[str]:
    """Return every organisation to which some members ever belonged."""
    return {
        str(c.values["organisation"]) for history in histories for c in history if "organisation" in c.values
    }
