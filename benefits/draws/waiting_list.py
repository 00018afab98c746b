"""Who waits moves up where a place becomes free: in the order of the list, through the same admission.

    while (moved := move_up(connection, places, library, now, today)).number: …

A step is one transaction of the caller's; repeated when nothing became free it changes nothing. Places
become free where a grant lapses or is taken back, where a quota is raised by a new version of the rule, or
a budget by an officer. Whoever comes meanwhile waits behind (``rules.engine.admission``), so that the list is
served in its order and nobody overtakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, select

from benefits.draws.collecting import Places, seats_of
from benefits.draws.order import LEFT, barred
from benefits.draws.redated_terms import dated_anew
from benefits.draws.withdrawal import count_moved
from benefits.ledger.bounds import Bounds, read_bounds
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import due_of
from benefits.model.membership import has_left
from benefits.model.ruling import Ruling
from benefits.rulebook.book import enter
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import counters, waiting_list
from benefits.tables.draws import waiting_lines, waiting_moves
from rules import SCARCE, Checked, Decision, EventFacts, Library, Rule, settle
from store import one_at_a_time

SOURCE = "/waiting"
_AT_ONCE = 100
_WORK = "waiting lists"


@dataclass(frozen=True, slots=True)
class MovedUp:
    """What one step did: who was granted a place, and who was passed over for a reason of theirs."""

    granted: tuple[Ruling, ...] = ()
    passed: tuple[Ruling, ...] = ()

    @property
    def number(self) -> int:
        return len(self.granted) + len(self.passed)


def open_lines(connection: Connection, rule_id: str | None = None) -> list[Places]:
    """The lists on which somebody waits, of one rule or of all."""
    query = (
        select(waiting_lines.c.places)
        .join(counters, counters.c.key == "waiting/" + waiting_lines.c.places)
        .where(counters.c.used > waiting_lines.c.moved)
    )
    found = [Places.of(key) for key in sorted(connection.execute(query).scalars())]
    return [places for places in found if rule_id in (None, places.rule_id)]


def move_up(connection: Connection, places: Places, library: Library, now: datetime, today: date) -> MovedUp:
    """Give the places that are free to those who wait longest; at most some hundred at a time.

    Whoever has left the union, or can't be granted for a reason of his own, is passed over. A stopped rule
    moves nobody.
    """
    if places.rule_id in enter(connection):
        return MovedUp()
    one_at_a_time(connection, _WORK)
    heads = _heads(connection, places)
    if not heads:
        return MovedUp()
    decisions = dated_anew(connection, [_as_now(row, library, places, today) for row in heads], today)
    left = has_left(connection, {row["member_id"] for row in heads}, today)
    bounds = _locked(connection, places, decisions)
    decided = _served(heads, decisions, left, bounds, now)
    rulings = admit_and_record(connection, decided, now)
    _note(connection, places, heads, rulings, now, today)
    granted = tuple(ruling for ruling in rulings if ruling.outcome == "granted")
    return MovedUp(granted, tuple(ruling for ruling in rulings if ruling.outcome != "granted"))


def has_room(connection: Connection, places: Places, library: Library, today: date) -> bool:
    """Whether there may be a free place for whoever waits; looked at without a lock."""
    heads = _heads(connection, places, 1)
    if not heads:
        return False
    decision = _as_now(heads[0], library, places, today)
    used = connection.execute(select(counters.c.used).where(counters.c.key == f"quota/{places.key}")).scalar()
    return decision.quota is not None and (used or 0) < decision.quota.size


def _heads(connection: Connection, places: Places, number: int = _AT_ONCE) -> list[RowMapping]:
    query = (
        select(waiting_list)
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(_of(places), waiting_moves.c.waiting_id.is_(None))
        .order_by(waiting_list.c.position)
        .limit(number)
    )
    return list(connection.execute(query).mappings())


def _of(places: Places) -> ColumnElement[bool]:
    return and_(
        waiting_list.c.rule_id == places.rule_id,
        waiting_list.c.period == places.period,
        waiting_list.c.places_for == places.group,
    )


def _as_now(row: RowMapping, library: Library, places: Places, today: date) -> Decision:
    """What would be granted, among as many places as the version in force today has."""
    decision = due_of(row["decision"])
    assert decision.quota, f"{decision.rule_id} waits for no places"
    rule = _in_force(library, decision, today)
    size = decision.quota.size if rule is None else seats_of(rule, places)
    return replace(decision, waits=False, entry=None, quota=replace(decision.quota, size=size))


def _in_force(library: Library, decision: Decision, today: date) -> Rule | None:
    """The version that follows the one that decided: of the same owner."""
    versions = [rule for rule in library.rules if rule.id == decision.rule_id]
    own = next((rule for rule in versions if rule.hash == decision.rule_hash), None)
    owner = (
        own.definition.owner
        if own
        else next((rule.definition.owner for rule in versions if not rule.is_merged), None)
    )
    return next(
        (
            rule
            for rule in versions
            if rule.definition.owner == owner
            and rule.definition.in_force.holds(today)
            and rule.definition.allocate.mode != "everyone"
        ),
        None,
    )


def _locked(connection: Connection, places: Places, decisions: Sequence[Decision]) -> Bounds:
    """All that may be looked at, locked at once: the line's own counter with them."""
    return read_bounds(connection, decisions, locked=frozenset({f"waiting/{places.key}"}))


def _served(
    heads: Sequence[RowMapping],
    decisions: Sequence[Decision],
    left: frozenset[str],
    bounds: Bounds,
    now: datetime,
) -> list[tuple[EventFacts, Decision]]:
    """From the head of the line on, until places or money are lacking: whoever is next waits on."""
    served = []
    for row, decision in zip(heads, decisions, strict=True):
        if row["member_id"] in left:
            decision = barred(decision, Checked(LEFT, False, False, {"member.status": "left"}))
        else:
            (admission,) = settle([decision], bounds)
            assert admission is not None
            if not SCARCE.isdisjoint(refusal.code for refusal in admission.refusals):
                break
        event = EventFacts(
            SOURCE, row["id"], "waiting.moved", now, decision.occurred_on, row["member_id"], {}
        )
        served.append((event, decision))
    return served


def _note(
    connection: Connection,
    places: Places,
    heads: Sequence[RowMapping],
    rulings: Sequence[Ruling],
    now: datetime,
    today: date,
) -> None:
    if not rulings:
        return
    rows = [
        {
            "waiting_id": row["id"],
            "places": places.key,
            "position": row["position"],
            "how": "granted" if ruling.outcome == "granted" else "passed",
            "decision_id": ruling.id,
            "moved_on": today,
            "recorded_at": now,
        }
        for row, ruling in zip(heads, rulings, strict=False)
    ]
    connection.execute(insert(waiting_moves), rows)
    count_moved(connection, places.key, len(rows))
    to_seal(connection, {"waiting_moves": [str(row["waiting_id"]) for row in rows]}, now)
