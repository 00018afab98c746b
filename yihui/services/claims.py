"""Claiming and giving up, from the command line and over HTTP; where a member stands, in words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from types import MappingProxyType

import benefits
from benefits import Claimed, GivenUp, NotAllowed, Participation
from core.civil_time import civil_date
from core.faults import InputFaults
from events.retries import in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.views.ledger_refusals import fault_of

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]

STATES: Mapping[str, str] = MappingProxyType(
    {
        "entered": N_("takes part"),
        "fixed": N_("takes part, to be drawn"),
        "won": N_("won"),
        "not_won": N_("did not win"),
        "waiting": N_("waits, number {position} of {waiting}"),
        "served": N_("moved up and was granted"),
        "passed": N_("had the turn on the waiting list and could not be granted"),
        "given_up": N_("given up"),
    }
)


@contextmanager
def moves_told(field: str, value: str, language: Language) -> Iterator[None]:
    """What a member may not do, told like every other fault."""
    try:
        yield
    except NotAllowed as refused:
        raise InputFaults([replace(fault_of(refused, language), field=field, value=value)]) from refused


def claim(wiring: Wiring, grant_id: str, member_id: str | None = None) -> Claimed:
    """Claim a grant today. *Raises*: InputFaults where it can't be claimed."""
    now = wiring.now()
    work = partial(benefits.claim, grant_id=grant_id, now=now, today=civil_date(now), member_id=member_id)
    with moves_told("grant", grant_id[:80], wiring.language):
        return in_transaction(wiring.database, work)


def give_up(wiring: Wiring, id_: str, member_id: str) -> GivenUp:
    """Give up an entry or a place on the waiting list. *Raises*: InputFaults where that can't be."""
    now = wiring.now()
    work = partial(benefits.give_up, id_=id_, member_id=member_id, now=now, today=civil_date(now))
    with moves_told("id", id_[:80], wiring.language):
        return in_transaction(wiring.database, work)


def claimed_json(done: Claimed) -> dict[str, object]:
    return {**asdict(done), "claimed_on": done.claimed_on.isoformat() if done.claimed_on else None}


def claimed_text(done: Claimed, language: Language) -> str:
    if done.is_new:
        return language.say(N_("claimed: {rule}"), rule=done.rule_id)
    if done.claimed_on:
        return language.say(N_("was claimed on {day}: {rule}"), day=done.claimed_on, rule=done.rule_id)
    return language.say(N_("needs no claim: {rule}"), rule=done.rule_id)


def part_json(part: Participation) -> dict[str, object]:
    return {**asdict(part), "since": part.since.isoformat()}


def part_text(part: Participation, language: Language) -> str:
    state = language.say(STATES[part.state], position=part.position, waiting=part.waiting)
    return f"{part.since}  {language.say(N_('{name}: {detail}'), name=part.title, detail=state)}"
