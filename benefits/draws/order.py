"""Grant places in a drawn or ranked order, through the same admission as every other grant.

Each entry gets a decision of its own: granted, on the waiting list, or refused with every reason. A place
that a member can't take (limit reached, cap full, left the union, withdrew) goes to the next in the order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from benefits.draws.collecting import Entrant, QuotaPlaces, count_seats, list_entrants
from benefits.draws.redated_terms import redate_decisions
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import parse_stored_decision
from benefits.model.chunks import chunks
from benefits.model.membership import find_former_members
from benefits.model.ruling import Ruling
from benefits.officer_acts import Officer
from core.text_marks import N_
from rules import Condition, ConditionResult, Decision, EventFacts, Rule

DRAW_SOURCE = "/draws"
_PLACE = Condition("draw.place >= 1", "", None, ("draw.place",))
MEMBERSHIP_CONDITION = Condition(
    "member.status != 'left'",
    N_("you had left the union when the places were given"),
    N_("join again to take part in the next round"),
    ("member.status",),
)
_WITHDREW = Condition("entry.stands", N_("you had given up taking part"), None, ("entry.stands",))


@dataclass(frozen=True, slots=True)
class AllocationOutcome:
    """The result of granting in order: the numbers granted, waiting and refused, and the grants."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    granted: tuple[Ruling, ...] = ()

    def counts(self) -> dict[str, int]:
        return {name: self.outcomes.get(name, 0) for name in ("granted", "waiting", "refused")}


def grant_in_order(
    connection: Connection,
    officer: Officer,
    rule: Rule,
    places: QuotaPlaces,
    draw_id: str,
    order: Sequence[str],
) -> AllocationOutcome:
    """Grant to members in this order until the places are gone; the others wait or are refused."""
    entered = {entrant.member_id: entrant for entrant in list_entrants(connection, places)}
    outcomes: Counter[str] = Counter()
    granted: list[Ruling] = []
    place = 0
    for some in chunks(order):
        who = [entered[member] for member in some]
        left = find_former_members(connection, some, officer.today)
        decided = []
        for entrant, decision in zip(who, _due(connection, officer, rule, places, who), strict=True):
            place += 1
            event = EventFacts(
                f"{DRAW_SOURCE}/{draw_id}",
                entrant.id,
                "draw.drawn",
                officer.at,
                officer.today,
                entrant.member_id,
                {},
            )
            decided.append((event, _placed(decision, place, entrant, left)))
        rulings = admit_and_record(connection, decided, officer.at)
        outcomes.update(ruling.outcome for ruling in rulings)
        granted += (ruling for ruling in rulings if ruling.outcome == "granted")
    return AllocationOutcome(dict(outcomes), tuple(granted))


def _due(
    connection: Connection, officer: Officer, rule: Rule, places: QuotaPlaces, who: Sequence[Entrant]
) -> list[Decision]:
    """Return what each entrant would be granted today, with as many places as the rule has at the draw."""
    waits, seats = rule.definition.allocate.waiting_list, count_seats(rule, places)
    due = []
    for decision in redate_decisions(
        connection, [parse_stored_decision(entrant.decision) for entrant in who], officer.today
    ):
        assert decision.quota, f"{decision.rule_id} collects entries for no places"
        quota = replace(decision.quota, size=seats)
        due.append(replace(decision, entry=None, waits=waits, quota=quota))
    return due


def _placed(decision: Decision, place: int, entrant: Entrant, left: frozenset[str]) -> Decision:
    """Return the decision with the place drawn; refused if the member withdrew or has left the union."""
    drawn = ConditionResult(_PLACE, True, False, {"draw.place": place})
    if entrant.withdrew:
        return refuse_decision(
            decision, drawn, ConditionResult(_WITHDREW, False, False, {"entry.stands": False})
        )
    if entrant.member_id in left:
        return refuse_decision(
            decision, drawn, ConditionResult(MEMBERSHIP_CONDITION, False, False, {"member.status": "left"})
        )
    return replace(decision, conditions=(drawn,))


def refuse_decision(decision: Decision, *conditions: ConditionResult) -> Decision:
    """Return the decision as refused, for conditions that don't hold."""
    return replace(decision, outcome="refused", conditions=conditions, benefits=())
