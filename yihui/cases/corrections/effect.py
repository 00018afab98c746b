"""State the right value of a fact: what changes by days, what rules decide at once, what they would decide now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from benefits import Ruling
from benefits.tables.appeals import clawbacks
from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from events import Event
from events.late_changes import LateDifference, list_late_differences
from members import read_member_changes
from members.corrections import FactSpan, find_correction_instants, list_fact_spans
from rules import FACT_CATALOGUE
from yihui.cases.corrections.facts import CORRECTION_FAULTS, SOURCE, MemberFact, fact_title, fact_value
from yihui.frame.acts import Doing
from yihui.frame.cells import Cell, Choice, Money
from yihui.frame.content import Advice, Section, Table, TableColumn
from yihui.runtime.language import Language
from yihui.services.events.events import build_event, process_events

_OUTCOMES = {
    "granted": N_("granted at once"),
    "entered": N_("entered in a draw"),
    "waiting": N_("on the waiting list"),
    "refused": N_("refused"),
}
_THEY_STAND = N_("They stand as they are. Take back what was granted wrongly in the room “Money”; grant what was refused wrongly by upholding an appeal. Limits, quotas and budgets are not computed here.")  # fmt: skip
_Correcting = Doing[Any, MemberFact]


@dataclass(frozen=True, slots=True)
class CorrectionEffect:
    """What a correction changes; ``taken_back`` is what rules' own terms take back, as texts with amounts in fen."""

    event: str
    spans: Sequence[FactSpan]
    rulings: Sequence[Ruling]
    taken_back: Sequence[tuple[str, int]]
    differences: Sequence[LateDifference]


def correct_fact(act: _Correcting, value: str, since: date) -> CorrectionEffect:
    """Process the events that state the right value, and return what they change.

    *Raises*: FaultError with every reason why they can't be stated.
    """
    fact, connection, now = act.thing, act.connection, act.now
    library = act.wiring.runner.library(connection)
    _check(fact, value, since)
    events = list(_build_events(act, value, since))
    late = set(map(_key, list_late_differences(connection, library, now, fact.member)))
    taken = len(_list_taken_back(act))
    outcome = process_events(act.wiring, connection, events, now)
    after = read_member_changes(connection, [fact.member])[fact.member]
    if not (spans := list(list_fact_spans(fact.history, after, fact.name))):
        raise FaultError(CORRECTION_FAULTS.build("same", field="value", value=value))
    found = list_late_differences(connection, library, now, fact.member)
    others = [one for one in found if _key(one) not in late]
    return CorrectionEffect(events[0].id, spans, outcome.rulings, _list_taken_back(act)[taken:], others)


def _check(fact: MemberFact, value: str, since: date) -> None:
    """*Raises*: FaultError if a correction is impossible by what is known of the member."""
    first = min(civil_date(one.effective_at) for one in fact.history)
    if fact.is_lifelong:
        _check_days_of_life(fact, value)
    elif since > fact.day:
        raise FaultError(CORRECTION_FAULTS.build("still_to_come", field="since", value=since))
    elif since < first:
        raise FaultError(CORRECTION_FAULTS.build("before", field="since", value=since, since=first))


def _check_days_of_life(fact: MemberFact, value: str) -> None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return  # the event's own check says what a date looks like
    if day > fact.day:
        raise FaultError(CORRECTION_FAULTS.build("still_to_come", field="value", value=day))
    days = {name: fact.find_value(name) for name in ("birthday", "joined_on")} | {fact.name: day}
    born, joined = days["birthday"], days["joined_on"]
    if isinstance(born, date) and isinstance(joined, date) and born >= joined:
        raise FaultError(CORRECTION_FAULTS.build("born_late", field="value", birthday=born, joined_on=joined))


def _build_events(act: _Correcting, value: str, since: date) -> Iterator[Event]:
    """Yield the events at whose instants the right value has to be stated; an honour is added to those before.

    *Raises*: FaultError if the value is none of the fact's.
    """
    fact = act.thing
    is_number = FACT_CATALOGUE[f"member.{fact.name}"].kind == "integer" and value.isdecimal()
    kind = "member.profile_changed"
    data: dict[str, object] = {fact.name: int(value) if is_number else value, "by": act.actor.id}
    if fact.name == "honours":
        kind, data = "member.honoured", {"honour": value, "honoured_on": since.isoformat()}
    for at in find_correction_instants(fact.history, fact.name, since):
        time = at.isoformat()
        named = repr((fact.member, fact.name, value, time, len(fact.history)))
        id_ = f"correction-{sha256(named.encode()).hexdigest()[:40]}"
        content = {"id": id_, "source": SOURCE, "type": kind, "data": data}
        try:
            yield build_event(act.now, **content, subject=fact.member, time=time)
        except FaultError as refused:  # of the event's fields the form has the value alone
            raise FaultError([one.at(field="value") for one in refused.faults]) from refused


def _list_taken_back(act: _Correcting) -> list[tuple[str, int]]:
    c = clawbacks.c
    query = select(c.text, c.reversed_fen).where(c.member_id == act.thing.member).order_by(c.id)
    return [(row.text, row.reversed_fen) for row in act.connection.execute(query)]


def _key(one: LateDifference) -> tuple[object, ...]:
    return one.decision, one.rule, one.occurred_on, one.was_fen, one.would_be_fen


def show_effect(name: str, effect: CorrectionEffect, language: Language) -> Iterator[Section]:
    """Yield what a correction of a fact changes."""

    def show_days(span: FactSpan) -> str:
        last = span.until - timedelta(days=1) if span.until else language.translate(N_("today and on"))
        return language.render(N_("{since} to {until}"), since=span.since, until=last)

    def show_amount(fen: int | None) -> Cell:
        return Choice("", N_("nothing")) if fen is None else Money(fen)

    spans = (
        TableColumn[FactSpan]("days", N_("Days"), show_days),
        TableColumn[FactSpan]("before", N_("Recorded today"), lambda one: fact_value(name, one.before, language)),
        TableColumn[FactSpan]("after", N_("Right value"), lambda one: fact_value(name, one.after, language)),
        TableColumn[FactSpan]("since", N_("From"), lambda one: one.since, False),
        TableColumn[FactSpan]("until", N_("Until"), lambda one: one.until and one.until - timedelta(days=1), False),
    )  # fmt: skip
    yield Table("spans", fact_title(name), spans, effect.spans, "")
    taken = Choice("taken_back", N_("taken back"))
    rows = [
        (one.decision.rule_title, Choice(one.outcome, _OUTCOMES[one.outcome]), one.decision.amount_fen or 0)
        for one in effect.rulings
    ] + [(text, taken, fen) for text, fen in effect.taken_back]
    columns = (
        TableColumn[Any]("rule", N_("Rule"), lambda one: one[0]),
        TableColumn[Any]("outcome", N_("Outcome"), lambda one: one[1]),
        TableColumn[Any]("amount_fen", N_("Amount"), lambda one: Money(one[2])),
    )
    nothing = N_("No rule grants or takes back anything because of it.")
    yield Table("at_once", N_("What follows at once"), columns, rows, nothing)
    differences = (
        TableColumn[LateDifference]("rule", N_("Rule"), lambda one: one.title),
        TableColumn[LateDifference]("occurred_on", N_("Day"), lambda one: one.occurred_on),
        TableColumn[LateDifference]("was_fen", N_("Was granted"), lambda one: show_amount(one.was_fen)),
        TableColumn[LateDifference]("would_be_fen", N_("Would be due"), lambda one: show_amount(one.would_be_fen)),
    )  # fmt: skip
    title = N_("Earlier decisions that would be others now")
    none = N_("None; limits, quotas and budgets are not computed here.")
    yield Table("differences", title, differences, effect.differences, none)
    if effect.differences:
        yield Advice(language.translate(_THEY_STAND))
