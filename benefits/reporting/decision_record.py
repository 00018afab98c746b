"""Everything that is known about a decision: what was read then, by which rule, and what became of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.draws.participation import place_now
from benefits.ledger.positions import Position, positions
from benefits.lifecycle.debts import Debt, debts
from benefits.model.accounts import FEN, STAGES
from benefits.model.chunks import portions
from benefits.reporting.appeals import Appeal, appeals_of
from benefits.reporting.member_benefits import Grant, Why, grants_of, why
from benefits.reporting.rule_versions import KeptRule, kept_rules
from benefits.tables.decisions import counters, decisions, entries, postings, waiting_list
from benefits.tables.draws import draw_results, draws, waiting_moves, withdrawals
from benefits.tables.transactions import transactions

_GRANTED = frozenset({"granted", "reversed"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A budget (fen) or the places of a rule: as they stood after the decision, and now."""

    key: str  # budget/…, quota/…
    used_then: int
    ceiling_then: int | None
    used_now: int
    ceiling_now: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a part after it was promised. ``amount`` counts ``unit``."""

    kind: str
    on: date
    amount: int
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was granted, where it stands by unit, and how it came there."""

    grant: Grant
    standing: Mapping[str, Position]
    steps: tuple[Step, ...]

    @property
    def fen(self) -> Position:
        """Where its worth stands."""
        return self.standing.get(FEN, Position())


@dataclass(frozen=True, slots=True)
class Line:
    """A place on a waiting list, as it was given and as it is ``now``, of ``waiting`` who wait.

    ``left`` says how it was left (granted, passed, withdrawn), and when; then there is no place now.
    """

    position: int
    since: date
    left: str | None = None
    left_on: date | None = None
    now: int | None = None
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """An entry for a draw or a ranking; ``drawn_on`` is None until it is done."""

    mode: str
    drawn_on: date | None
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with all that belongs to it. ``version`` is None where the rule wasn't kept yet.

    ``anew`` is the appeal through which it was taken; ``appeals`` are those against it.
    """

    why: Why
    version: KeptRule | None = None
    bounds: tuple[Bound, ...] = ()
    parts: tuple[Part, ...] = ()
    line: Line | None = None
    lot: Lot | None = None
    debts: tuple[Debt, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    anew: Appeal | None = None


@dataclass(slots=True)
class _Read:
    """What is read once for all decisions that are told of."""

    versions: Mapping[str, KeptRule]
    bounds: Mapping[str, tuple[Bound, ...]]
    parts: Mapping[str, list[Part]]
    lines: Mapping[str, Line]
    lots: Mapping[str, Lot]
    debts: Mapping[str, list[Debt]] = field(default_factory=dict)
    appeals: Mapping[str, list[Appeal]] = field(default_factory=dict)
    anew: Mapping[str, Appeal] = field(default_factory=dict)


def tell(
    connection: Connection, member_id: str, *, rule_id: str | None = None, on: date | None = None
) -> list[Told]:
    """Every decision about a member, newest first, with all that is known of it; of one rule, or on one day.

    Reads by the member's and the decisions' keys only: its time doesn't depend on the ledger's size. What
    can't be there isn't asked for: each question is a way to the server and back.
    """
    found = why(connection, member_id, rule_id=rule_id, on=on)
    ids = [item.id for item in found]
    parts = _parts(connection, member_id, {item.id for item in found if item.outcome in _GRANTED})
    owing = any(part.grant.takebacks for some in parts.values() for part in some)
    appeals = appeals_of(connection, member_id=member_id) if found else []
    read = _Read(
        versions=kept_rules(connection, (item.rule_hash for item in found)),
        bounds=_bounds(connection, ids),
        parts=parts,
        lines=_lines(connection, [item.id for item in found if item.outcome == "waiting"]),
        lots=_lots(connection, [item.id for item in found if item.outcome == "entered"]),
        debts=_by_grant(debts(connection, member_id=member_id)) if owing else {},
        appeals=_by_decision(appeals),
        anew={one.answer.decision_id: one for one in appeals if one.answer and one.answer.decision_id},
    )
    return [_told(item, read) for item in found]


def _told(item: Why, read: _Read) -> Told:
    parts = read.parts.get(item.id, [])
    return Told(
        item,
        read.versions.get(item.rule_hash),
        read.bounds.get(item.id, ()),
        tuple(parts),
        read.lines.get(item.id),
        read.lots.get(item.id),
        tuple(debt for part in parts for debt in read.debts.get(part.grant.id, ())),
        tuple(read.appeals.get(item.id, ())),
        read.anew.get(item.id),
    )


def _by_grant(found: Sequence[Debt]) -> dict[str, list[Debt]]:
    by: defaultdict[str, list[Debt]] = defaultdict(list)
    for debt in found:
        by[debt.grant_id].append(debt)
    return by


def _by_decision(found: Sequence[Appeal]) -> dict[str, list[Appeal]]:
    by: defaultdict[str, list[Appeal]] = defaultdict(list)
    for appeal in found:
        by[appeal.decision_id].append(appeal)
    return by


def _bounds(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Bound, ...]]:
    stood: dict[str, dict[str, tuple[int, int | None]]] = {}
    for some in portions(ids):
        query = select(decisions.c.id, decisions.c.bounds)
        for id_, text in connection.execute(
            query.where(decisions.c.id.in_(some), decisions.c.bounds.is_not(None))
        ):
            stood[id_] = from_json(text)
    now: dict[str, tuple[int, int | None]] = {}
    for some in portions(sorted({key for keys in stood.values() for key in keys})):
        for row in connection.execute(select(counters).where(counters.c.key.in_(some))):
            now[row.key] = row.used, row.ceiling
    return {
        id_: tuple(_bound(key, then, now.get(key, (0, None))) for key, then in keys.items())
        for id_, keys in stood.items()
    }


def _bound(key: str, then: tuple[int, int | None], now: tuple[int, int | None]) -> Bound:
    """A quota's size stands in its rule, not in its counter."""
    ceiling_now = now[1] if key.startswith("budget/") else then[1]
    return Bound(key, then[0], then[1], now[0], ceiling_now)


def _parts(connection: Connection, member_id: str, wanted: set[str]) -> dict[str, list[Part]]:
    if not wanted:
        return {}
    found = [grant for grant in grants_of(connection, member_id) if grant.decision_id in wanted]
    ids = [grant.id for grant in found]
    standing = positions(connection, ids) if ids else {}
    steps = _steps(connection, [id_ for id_ in ids if _has_moved(standing.get(id_, {}))])
    by: defaultdict[str, list[Part]] = defaultdict(list)
    for grant in sorted(found, key=lambda grant: (grant.id != grant.decision_id, grant.part)):
        part = Part(grant, standing.get(grant.id, {}), tuple(steps.get(grant.id, ())))
        by[grant.decision_id].append(part)
    return by


def _has_moved(standing: Mapping[str, Position]) -> bool:
    """Nothing comes back to where it was promised."""
    return any(
        position.at(stage) for position in standing.values() for stage in STAGES if stage != "promised"
    )


def _steps(connection: Connection, grant_ids: Sequence[str]) -> dict[str, list[Step]]:
    by: defaultdict[str, list[Step]] = defaultdict(list)
    for some in portions(grant_ids):
        query = (
            select(transactions, postings.c.account, postings.c.amount, postings.c.unit)
            .join(postings, postings.c.transaction_id == transactions.c.id)
            .where(transactions.c.grant_id.in_(some), transactions.c.kind != "promise")
            .where(postings.c.amount > 0)
            .order_by(transactions.c.occurred_on, transactions.c.recorded_at, postings.c.sequence)
        )
        for row in connection.execute(query):
            if row.account.partition("/")[0] in STAGES:
                step = Step(row.kind, row.occurred_on, row.amount, row.unit, row.reason)
                by[row.grant_id].append(step)
    return by


def _lines(connection: Connection, ids: Sequence[str]) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for some in portions(ids):
        query = (
            select(waiting_list, waiting_moves.c.how, waiting_moves.c.moved_on)
            .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
            .where(waiting_list.c.id.in_(some))
        )
        for row in connection.execute(query).mappings():
            now = place_now(connection, row) if row["how"] is None else (None, None)
            found[row["id"]] = Line(row["position"], row["waits_since"], row["how"], row["moved_on"], *now)
    return found


def _lots(connection: Connection, ids: Sequence[str]) -> dict[str, Lot]:
    found: dict[str, Lot] = {}
    for some in portions(ids):
        query = (
            select(entries, withdrawals.c.withdrawn_on)
            .outerjoin(withdrawals, withdrawals.c.id == entries.c.id)
            .where(entries.c.id.in_(some))
        )
        for row in connection.execute(query):
            group = f"/{row.places_for}" if row.places_for else ""
            places = f"{row.rule_id}/{row.period}{group}"
            drawn = (
                select(draw_results.c.drawn_on)
                .join(draws, draws.c.id == draw_results.c.draw_id)
                .where(draws.c.places == places)
            )
            found[row.id] = Lot(row.mode, connection.execute(drawn).scalar(), row.withdrawn_on)
    return found
