"""List the decisions that would differ if late changes of members had arrived in time. Changes nothing.

A change is late if an event of the same member that occurred after it had arrived before it. What rules
decided stays. Here each decision from the change's day on is made again by all facts known now, by the same
pure functions, and compared. Limits, quotas and budgets are not computed again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, select

from benefits.tables.decisions import decisions, grants
from core.civil_time import civil_date
from events.applications import load_application_batch
from events.envelope import Event, parse_event
from events.organisations import load_history_lineages
from events.pipeline import evaluate_event
from events.tables import journal
from members import read_member_changes
from members.tables import member_changes
from rules import Decision, RuleLibrary

_STANDS = ("granted", "entered", "waiting")
_FROM_CONDITIONS = frozenset({"condition", "unknown", "table"})


@dataclass(frozen=True, slots=True)
class LateDifference:
    """A decision that would differ if the changes that arrived late had been known in time; amounts are in fen.

    ``late`` is the type of the first late change that concerns its day, ``late_on`` the day of that change.
    ``would_be_fen`` is None if nothing would be due, ``was_fen`` if nothing was.
    """

    member: str
    late: str
    late_on: date
    decision: str | None
    rule: str
    title: str
    occurred_on: date
    was: str
    was_fen: int | None
    would_be_fen: int | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Late:
    type: str
    on: date
    sequence: int


def list_late_differences(
    connection: Connection, library: RuleLibrary, now: datetime, member: str | None = None
) -> Iterator[LateDifference]:
    """Yield the decisions that would differ, by member, then in the order of their events' arrival."""
    late = _late_changes(connection, member)
    for one in sorted(late):
        yield from _of_member(connection, one, late[one], library, now)


def _late_changes(connection: Connection, member: str | None) -> dict[str, list[_Late]]:
    earlier = journal.alias("earlier")
    overtaken = (
        select(earlier.c.sequence)
        .where(
            earlier.c.member_id == journal.c.member_id,
            earlier.c.sequence < journal.c.sequence,
            earlier.c.occurred_at > journal.c.occurred_at,
        )
        .exists()
    )
    query = (
        select(journal.c.member_id, journal.c.sequence, journal.c.occurred_at, member_changes.c.type)
        .join(
            member_changes,
            (member_changes.c.member_id == journal.c.member_id)
            & (member_changes.c.source == journal.c.source)
            & (member_changes.c.event_id == journal.c.event_id),
        )
        .where(overtaken)
        .order_by(journal.c.sequence)
    )
    if member is not None:
        query = query.where(journal.c.member_id == member)
    found: dict[str, list[_Late]] = {}
    for row in connection.execute(query):
        found.setdefault(row.member_id, []).append(_Late(row.type, civil_date(row.occurred_at), row.sequence))
    return found


def _of_member(
    connection: Connection, member: str, late: Sequence[_Late], library: RuleLibrary, now: datetime
) -> Iterator[LateDifference]:
    history = read_member_changes(connection, [member])[member]
    lineages = load_history_lineages(connection, [history])
    recorded = _recorded(connection, member)
    query = select(journal).where(journal.c.member_id == member).order_by(journal.c.sequence)
    for row in connection.execute(query).mappings().all():
        day = civil_date(row["occurred_at"])
        causes = [one for one in late if one.sequence > row["sequence"] and one.on <= day]
        event = parse_event(row["event"], max(now, row["occurred_at"])) if causes else None
        if not isinstance(event, Event):
            continue
        applications = load_application_batch([event], connection)
        made = {
            decision.rule_id: decision
            for _, decision in evaluate_event(event, history, applications, library, lineages)
        }
        was = recorded.get(event.key, {})
        for rule_id in sorted(made.keys() | was.keys()):
            decision = made.get(rule_id)
            would = decision.amount_fen if decision is not None and decision.benefits else None
            found = compare_due(was.get(rule_id), would)
            if found is not None:
                yield _difference(member, causes[0], day, was.get(rule_id), made.get(rule_id), *found)


def _recorded(connection: Connection, member: str) -> dict[tuple[str, str], dict[str, RowMapping]]:
    """Return the member's first decisions on events by event and rule, each with what it promised."""
    promised = (
        select(func.sum(grants.c.amount_fen)).where(grants.c.decision_id == decisions.c.id).scalar_subquery()
    )
    query = select(decisions, promised.label("promised_fen")).where(decisions.c.member_id == member)
    found: dict[tuple[str, str], dict[str, RowMapping]] = {}
    for row in connection.execute(query.order_by(decisions.c.recorded_at.desc())).mappings():
        found.setdefault((row["source"], row["event_id"]), {})[row["rule_id"]] = row
    return found


def compare_due(was: RowMapping | None, would: int | None) -> tuple[int | None, int | None] | None:
    """Return what a recorded decision promised and what would be due now, in fen; None if both are the same.

    A refusal for a limit or for want of places stands: these are not computed again.
    """
    if was is not None and was["outcome"] == "granted":
        was_fen = int(was["promised_fen"] or 0)
        return None if would == was_fen else (was_fen, would)
    if was is not None and was["outcome"] in _STANDS:
        return None if would is not None else (0, None)
    if would is None or (was is not None and not _FROM_CONDITIONS & set(from_json(was["reasons"]))):
        return None
    return None, would


def _difference(
    member: str,
    cause: _Late,
    day: date,
    was: RowMapping | None,
    made: Decision | None,
    was_fen: int | None,
    would_be_fen: int | None,
) -> LateDifference:
    rule, title = (made.rule_id, made.rule_title) if made else (was["rule_id"], "") if was else ("", "")
    return LateDifference(
        member,
        cause.type,
        cause.on,
        was["id"] if was else None,
        rule,
        title or rule,
        day,
        was["outcome"] if was else "not_considered",
        was_fen,
        would_be_fen,
        tuple(one.else_text for one in made.missing) if made else (),
    )
