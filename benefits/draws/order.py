"""Grant places in the order of a draw, a ranking or a waiting list, by terms that run from that day."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.draws.collecting import DRAW_SOURCE, Entrant, QuotaPlaces, list_entrants, resize_quotas
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import parse_stored_decision
from benefits.model.chunks import chunks
from benefits.model.ruling import Ruling
from benefits.officers import Officer
from benefits.tables.appeals import rule_contents
from core.text_marks import N_
from members import facts_on, read_member_changes
from rules import (
    ClawbackTerm,
    Condition,
    ConditionResult,
    Decision,
    DueBenefit,
    EventFacts,
    Rule,
    expiry_day,
    last_day,
)
from rules.yaml.wording import PARAMETER_PREFIX

_PLACE = Condition("draw.place >= 1", "", None, ("draw.place",))
_STATUS = "member.status"
_STILL_MEMBER = {
    "left": Condition(
        "member.status != 'left'",
        N_("you had left the union when the places were given"),
        N_("join again to take part in another round"),
        (_STATUS,),
    ),
    "deceased": Condition(
        "member.status != 'deceased'", N_("the member had died when the places were given"), None, (_STATUS,)
    ),
}
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
        for entrant, decision in zip(who, _due(connection, officer, rule, who), strict=True):
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


def _due(connection: Connection, officer: Officer, rule: Rule, who: Sequence[Entrant]) -> list[Decision]:
    """Return what each entrant would be granted today, with as many places as the rule has at the draw."""
    waits = rule.definition.allocate.waiting_list
    due = []
    for decision in redate_decisions(
        connection, [parse_stored_decision(entrant.decision) for entrant in who], officer.today
    ):
        assert decision.quota, f"{decision.rule_id} collects entries for no places"
        due.append(replace(resize_quotas(connection, decision, rule), entry=None, waits=waits))
    return due


def _placed(
    decision: Decision, place: int, entrant: Entrant, left: Mapping[str, ConditionResult]
) -> Decision:
    """Return the decision with the place drawn; refused if the member withdrew, left or died."""
    drawn = ConditionResult(_PLACE, True, False, {"draw.place": place})
    if entrant.withdrew:
        return refuse_decision(
            decision, drawn, ConditionResult(_WITHDREW, False, False, {"entry.stands": False})
        )
    if entrant.member_id in left:
        return refuse_decision(decision, drawn, left[entrant.member_id])
    return replace(decision, conditions=(drawn,))


def refuse_decision(decision: Decision, *conditions: ConditionResult) -> Decision:
    """Return the decision as refused, for conditions that don't hold."""
    return replace(decision, outcome="refused", conditions=conditions, benefits=())


def find_former_members(
    connection: Connection, members: Collection[str], on: date
) -> Mapping[str, ConditionResult]:
    """Return those of the members who have left the union or died by a day, each with the failed condition."""
    histories = read_member_changes(connection, set(members))
    states = {member: str(facts_on(histories[member], on)[_STATUS]) for member in members}
    return {
        member: ConditionResult(_STILL_MEMBER[state], False, False, {_STATUS: state})
        for member, state in states.items()
        if state in _STILL_MEMBER
    }


@dataclass(frozen=True, slots=True)
class GrantDurations:
    """How long a rule version's grants are valid, can be claimed, and can be taken back."""

    expires: str | None = None
    claim: str | None = None
    clawback: tuple[str, ...] = ()


def redate_decisions(
    connection: Connection, decisions: Sequence[Decision], on: date, known_on: date | None = None
) -> list[Decision]:
    """Return the decisions with their benefits granted on a later day.

    Claims, validity and takebacks run from ``known_on``, the day on which the grant is made known, by default
    the day of the grant. Limits, quotas and caps stay those of the day on which the member took part or joined the waiting list.
    """
    durations = _load_durations(connection, {decision.rule_hash for decision in decisions})
    return [
        replace(
            decision,
            occurred_on=on,
            benefits=tuple(
                _redated(due, durations[decision.rule_hash], known_on or on) for due in decision.benefits
            ),
        )
        for decision in decisions
    ]


def _redated(due: DueBenefit, durations: GrantDurations, on: date) -> DueBenefit:
    return replace(
        due,
        expires_on=expiry_day(on, durations.expires) if due.expires_on and durations.expires else None,
        claim_by=last_day(on, durations.claim) if durations.claim else None,
        takebacks=tuple(
            ClawbackTerm(t.on, last_day(on, within), t.share_percent, t.text)
            for t, within in zip(due.takebacks, durations.clawback, strict=True)
        ),
    )


def _load_durations(connection: Connection, hashes: set[str]) -> Mapping[str, GrantDurations]:
    rows = connection.execute(
        select(rule_contents.c.hash, rule_contents.c.content).where(rule_contents.c.hash.in_(sorted(hashes)))
    )
    return {row.hash: _durations_in(from_json(row.content)) for row in rows}


def _durations_in(content: dict[str, object]) -> GrantDurations:
    claim, expires, clawback = content.get("claim"), content.get("expires"), content.get("clawback")
    return GrantDurations(
        _duration_in(content, expires) if expires else None,
        _duration_in(content, claim["within"]) if isinstance(claim, dict) else None,
        tuple(_duration_in(content, item["within"]) for item in clawback)
        if isinstance(clawback, list)
        else (),
    )


def _duration_in(content: dict[str, object], stated: object) -> str:
    """Return a duration that the version states, or that one of its parameters holds."""
    name = str(stated).removeprefix(PARAMETER_PREFIX)
    parameters = content.get("parameters")
    if name == stated or not isinstance(parameters, dict):
        return str(stated)
    return str(parameters[name]["value"])
