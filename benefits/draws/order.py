"""Granting in an order that was drawn or ranked: through the same admission as everything else.

Each entry gets a decision of its own: granted, on the waiting list, or refused with every reason. A place
that somebody can't take (limit reached, cap full, left the union, withdrew) goes to the next in the order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from benefits.draws.collecting import Entrant, Places, entrants, seats_of
from benefits.draws.redated_terms import dated_anew
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import due_of
from benefits.model.chunks import portions
from benefits.model.membership import has_left
from benefits.model.ruling import Ruling
from benefits.officer_acts import Officer
from rules import Checked, Condition, Decision, EventFacts, Rule

N_ = str  # marks a text for the message catalogue

SOURCE = "/draws"
_PLACE = Condition("draw.place >= 1", "", None, ("draw.place",))
LEFT = Condition(
    "member.status != 'left'",
    N_("you had left the union when the places were given"),
    N_("join again to take part in the next round"),
    ("member.status",),
)
_WITHDREW = Condition("entry.stands", N_("you had given up taking part"), None, ("entry.stands",))


@dataclass(frozen=True, slots=True)
class Given:
    """What came of an order: how many were granted, wait, or were refused; the grants themselves."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    granted: tuple[Ruling, ...] = ()

    def counts(self) -> dict[str, int]:
        return {name: self.outcomes.get(name, 0) for name in ("granted", "waiting", "refused")}


def give_in_order(
    connection: Connection, officer: Officer, rule: Rule, places: Places, draw_id: str, order: Sequence[str]
) -> Given:
    """Grant to members in this order until the places are gone; the others wait, or are refused."""
    entered = {entrant.member_id: entrant for entrant in entrants(connection, places)}
    outcomes: Counter[str] = Counter()
    granted: list[Ruling] = []
    place = 0
    for some in portions(order):
        who = [entered[member] for member in some]
        left = has_left(connection, some, officer.today)
        decided = []
        for entrant, decision in zip(who, _due(connection, officer, rule, places, who), strict=True):
            place += 1
            event = EventFacts(
                f"{SOURCE}/{draw_id}",
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
    return Given(dict(outcomes), tuple(granted))


def _due(
    connection: Connection, officer: Officer, rule: Rule, places: Places, who: Sequence[Entrant]
) -> list[Decision]:
    """What each would be granted today; as many places as the rule has now that it is drawn."""
    waits, seats = rule.definition.allocate.waiting_list, seats_of(rule, places)
    due = []
    for decision in dated_anew(connection, [due_of(entrant.decision) for entrant in who], officer.today):
        assert decision.quota, f"{decision.rule_id} collects entries for no places"
        quota = replace(decision.quota, size=seats)
        due.append(replace(decision, entry=None, waits=waits, quota=quota))
    return due


def _placed(decision: Decision, place: int, entrant: Entrant, left: frozenset[str]) -> Decision:
    """The decision with the place drawn; without benefits where the member can't take any."""
    drawn = Checked(_PLACE, True, False, {"draw.place": place})
    if entrant.withdrew:
        return barred(decision, drawn, Checked(_WITHDREW, False, False, {"entry.stands": False}))
    if entrant.member_id in left:
        return barred(decision, drawn, Checked(LEFT, False, False, {"member.status": "left"}))
    return replace(decision, conditions=(drawn,))


def barred(decision: Decision, *conditions: Checked) -> Decision:
    """Refused for a condition that doesn't hold."""
    return replace(decision, outcome="refused", conditions=conditions, benefits=())
