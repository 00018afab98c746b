"""Everything the ledger holds about a decision: the explanation, the rule version and all later changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.draws.collecting import QuotaPlaces
from benefits.draws.free_places import LibraryReader, find_list_end
from benefits.draws.participation import find_drawing_day, waiting_position
from benefits.ledger.positions import GrantPosition
from benefits.lifecycle.debts import Debt
from benefits.model.accounts import FEN, STAGES
from benefits.model.chunks import chunks
from benefits.model.faults import naming_row
from benefits.reporting.appeals import Appeal, list_appeals
from benefits.reporting.grant_standing import HeldBenefit, load_held_benefits
from benefits.reporting.member_benefits import (
    DecisionExplanation,
    explain_decisions,
    list_member_grants,
)
from benefits.reporting.rule_versions import StoredRule, load_stored_rules
from benefits.tables.decisions import counters, decisions, entries, postings, waiting_list
from benefits.tables.draws import waiting_moves, withdrawals
from benefits.tables.transactions import transactions

_GRANTED = frozenset({"granted", "reversed"})


@dataclass(frozen=True, slots=True)
class BoundSnapshot:
    """A budget (in fen) or a rule's quota of places: its state after the decision, and now."""

    key: str  # budget/…, quota/…
    used_then: int
    ceiling_then: int | None
    used_now: int
    ceiling_now: int | None


@dataclass(frozen=True, slots=True)
class GrantStep:
    """A change of a grant after its promise. ``amount`` counts ``unit``."""

    kind: str
    on: date
    amount: int
    unit: str
    reason: str
    act_id: str | None = None  # the act, batch or request that caused it


@dataclass(frozen=True, slots=True)
class GrantPartRecord(HeldBenefit):
    """One granted part with its state on the day, and the steps that led there."""

    steps: tuple[GrantStep, ...]

    @property
    def fen_position(self) -> GrantPosition:
        """Return the part's position in fen."""
        return self.facts.positions.get(FEN, GrantPosition())


@dataclass(frozen=True, slots=True)
class WaitingListPlace:
    """A place on a waiting list: as it was given, and as it is ``now`` among ``waiting`` members.

    ``left`` says how the member left the list (granted, passed, withdrawn), and ``left_on`` when; then
    ``now`` is None. ``ended_on`` is the last day of the rule of a list on which nobody moves up any more.
    """

    position: int
    since: date
    left: str | None = None
    left_on: date | None = None
    now: int | None = None
    waiting: int | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class DrawEntry:
    """An entry for a draw or a ranking; ``drawn_on`` is None until the draw takes place."""

    mode: str
    drawn_on: date | None
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision with all that belongs to it. ``version`` is None if the rule version was not stored.

    ``appeals`` are the appeals against it; ``anew`` is the appeal that led to it.
    """

    why: DecisionExplanation
    version: StoredRule | None = None
    bounds: tuple[BoundSnapshot, ...] = ()
    parts: tuple[GrantPartRecord, ...] = ()
    line: WaitingListPlace | None = None
    lot: DrawEntry | None = None
    debts: tuple[Debt, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    anew: Appeal | None = None

    @property
    def is_list_over(self) -> bool:
        """Whether the member waits on a list that is over."""
        return self.line is not None and self.line.ended_on is not None

    @property
    def outcome(self) -> str:
        """The decision's outcome, or ``list_over``."""
        return "list_over" if self.is_list_over else self.why.outcome


def load_decision_records(
    connection: Connection,
    member_id: str,
    *,
    rule_id: str | None = None,
    on: date | None = None,
    today: date = date.min,
    rules: LibraryReader | None = None,
) -> list[DecisionRecord]:
    """Return every decision about a member, the newest first; of one rule, or on one day.

    States are those of the day ``today``; without it, an end counts once a job has posted it. ``rules`` are read if
    the member waits: they say whether the list is over.

    All queries use the keys of the member and the decisions, so that the time doesn't depend on the
    ledger's size. Queries that can return no row are skipped, because each is a round trip to the server.
    """
    found = explain_decisions(connection, member_id, rule_id=rule_id, on=on)
    versions = load_stored_rules(connection, (item.rule_hash for item in found))
    bounds = _bounds(connection, member_id, {item.id for item in found})
    granted = {item.id for item in found if item.outcome in _GRANTED}
    parts = _parts(connection, member_id, granted, today)
    lines = _lines(connection, [item.id for item in found if item.outcome == "waiting"], today, rules)
    lots = _lots(connection, [item.id for item in found if item.outcome == "entered"])
    appeals = list_appeals(connection, member_id=member_id) if found else []
    anew = {one.answer.decision_id: one for one in appeals if one.answer and one.answer.decision_id}
    return [
        DecisionRecord(
            _without_remedies(item) if (line := lines.get(item.id)) and line.ended_on else item,
            versions.get(item.rule_hash),
            bounds.get(item.id, ()),
            tuple(parts.get(item.id, ())),
            line,
            lots.get(item.id),
            tuple(debt for part in parts.get(item.id, ()) for debt in part.facts.debts),
            tuple(one for one in appeals if one.decision_id == item.id),
            anew.get(item.id),
        )
        for item in found
    ]


def _without_remedies(why: DecisionExplanation) -> DecisionExplanation:
    """Return an explanation that no longer advises to wait."""
    return replace(why, reasons=tuple(replace(reason, remedy="") for reason in why.reasons))


def _bounds(
    connection: Connection, member_id: str, ids: Collection[str]
) -> dict[str, tuple[BoundSnapshot, ...]]:
    """Return the bounds by decision. The query is by member, whose rows were just read; by ids it would search each month."""
    if not ids:
        return {}
    query = select(decisions.c.id, decisions.c.bounds)
    own = query.where(decisions.c.member_id == member_id, decisions.c.bounds.is_not(None))
    stood: dict[str, dict[str, tuple[int, int | None]]] = {}
    for id_, text in connection.execute(own):
        if id_ in ids:
            with naming_row("decisions", id_):
                stood[id_] = {key: (used, size) for key, (used, size) in dict(from_json(text)).items()}
    now: dict[str, tuple[int, int | None]] = {}
    for some in chunks(sorted({key for keys in stood.values() for key in keys})):
        for row in connection.execute(select(counters).where(counters.c.key.in_(some))):
            now[row.key] = row.used, row.ceiling
    return {
        id_: tuple(_bound(key, then, now.get(key, (0, None))) for key, then in keys.items())
        for id_, keys in stood.items()
    }


def _bound(key: str, then: tuple[int, int | None], now: tuple[int, int | None]) -> BoundSnapshot:
    """Build a snapshot. A quota's ceiling stands in its rule version, not in its counter."""
    ceiling_now = now[1] if key.startswith("budget/") else then[1]
    return BoundSnapshot(key, then[0], then[1], now[0], ceiling_now)


def _parts(
    connection: Connection, member_id: str, wanted: set[str], today: date
) -> dict[str, list[GrantPartRecord]]:
    if not wanted:
        return {}
    found = [grant for grant in list_member_grants(connection, member_id) if grant.decision_id in wanted]
    found.sort(key=lambda grant: (grant.id != grant.decision_id, grant.part))
    held = load_held_benefits(connection, found, today)
    steps = _steps(connection, [one.grant.id for one in held if _has_moved(one.facts.positions)])
    by: defaultdict[str, list[GrantPartRecord]] = defaultdict(list)
    for one in held:
        part = GrantPartRecord(one.facts, one.stands, tuple(steps.get(one.grant.id, ())))
        by[one.grant.decision_id].append(part)
    return by


def _has_moved(standing: Mapping[str, GrantPosition]) -> bool:
    """Return whether any amount has left the stage ``promised``; no amount returns there."""
    return any(
        position.at(stage) for position in standing.values() for stage in STAGES if stage != "promised"
    )


def _steps(connection: Connection, grant_ids: Sequence[str]) -> dict[str, list[GrantStep]]:
    by: defaultdict[str, list[GrantStep]] = defaultdict(list)
    for some in chunks(grant_ids):
        query = (
            select(transactions, postings.c.account, postings.c.amount, postings.c.unit)
            .join(postings, postings.c.transaction_id == transactions.c.id)
            .where(transactions.c.grant_id.in_(some), transactions.c.kind != "promise")
            .where(postings.c.amount > 0)
            .order_by(transactions.c.occurred_on, transactions.c.recorded_at, postings.c.sequence)
        )
        for row in connection.execute(query):
            if row.account.partition("/")[0] in STAGES:
                step = GrantStep(row.kind, row.occurred_on, row.amount, row.unit, row.reason, row.act_id)
                by[row.grant_id].append(step)
    return by


def _lines(
    connection: Connection, ids: Sequence[str], today: date, rules: LibraryReader | None
) -> dict[str, WaitingListPlace]:
    found: dict[str, WaitingListPlace] = {}
    for some in chunks(ids):
        query = (
            select(waiting_list, waiting_moves.c.how, waiting_moves.c.moved_on)
            .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
            .where(waiting_list.c.id.in_(some))
        )
        for row in connection.execute(query).mappings():
            waits = row["how"] is None
            now, waiting = waiting_position(connection, row) if waits else (None, None)
            end = find_list_end(connection, row, rules(connection), today) if waits and rules else None
            found[row["id"]] = WaitingListPlace(
                row["position"], row["waits_since"], row["how"], row["moved_on"], now, waiting, end
            )
    return found


def _lots(connection: Connection, ids: Sequence[str]) -> dict[str, DrawEntry]:
    found: dict[str, DrawEntry] = {}
    for some in chunks(ids):
        query = (
            select(entries, withdrawals.c.withdrawn_on)
            .outerjoin(withdrawals, withdrawals.c.id == entries.c.id)
            .where(entries.c.id.in_(some))
        )
        for row in connection.execute(query).mappings():
            drawn_on = find_drawing_day(connection, QuotaPlaces.of(row))
            found[row["id"]] = DrawEntry(row["mode"], drawn_on, row["withdrawn_on"])
    return found
