"""Claim and give up grants for commands and HTTP, and render a member's participations."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from types import MappingProxyType

import benefits
from benefits import ClaimResult, MoveRefused, Participation, Withdrawal
from core.civil_time import civil_date
from core.faults import InputFaults
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.views.ledger_refusals import refusal_fault

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]

PARTICIPATION_TEXTS: Mapping[str, str] = MappingProxyType(
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
def translate_move_refusals(field: str, value: str, language: Language) -> Iterator[None]:
    """Translate a refused move of a member into InputFaults for ``field`` and ``value``."""
    try:
        yield
    except MoveRefused as refused:
        raise InputFaults([replace(refusal_fault(refused, language), field=field, value=value)]) from refused


def claim_grant(wiring: Wiring, grant_id: str, member_id: str | None = None) -> ClaimResult:
    """Claim a grant today. *Raises*: InputFaults if it can't be claimed."""
    now = wiring.now()
    work = partial(
        benefits.record_claim, grant_id=grant_id, now=now, today=civil_date(now), member_id=member_id
    )
    with translate_move_refusals("grant", grant_id[:80], wiring.language):
        return run_in_transaction(wiring.database, work)


def give_up_participation(wiring: Wiring, id_: str, member_id: str) -> Withdrawal:
    """Give up an entry or a place on the waiting list. *Raises*: InputFaults if that isn't possible."""
    now = wiring.now()
    work = partial(
        benefits.withdraw_participation, id_=id_, member_id=member_id, now=now, today=civil_date(now)
    )
    with translate_move_refusals("id", id_[:80], wiring.language):
        return run_in_transaction(wiring.database, work)


def claim_result_json(done: ClaimResult) -> dict[str, object]:
    """Return the result of a claim as JSON data."""
    return {**asdict(done), "claimed_on": done.claimed_on.isoformat() if done.claimed_on else None}


def claim_result_text(done: ClaimResult, language: Language) -> str:
    """Return the result of a claim as one line of text."""
    if done.is_new:
        return language.render(N_("claimed: {rule}"), rule=done.rule_id)
    if done.claimed_on:
        return language.render(N_("was claimed on {day}: {rule}"), day=done.claimed_on, rule=done.rule_id)
    return language.render(N_("needs no claim: {rule}"), rule=done.rule_id)


def participation_json(part: Participation) -> dict[str, object]:
    """Return a participation as JSON data."""
    return {**asdict(part), "since": part.since.isoformat()}


def participation_text(part: Participation, language: Language) -> str:
    """Return a participation as one line of text."""
    state = language.render(PARTICIPATION_TEXTS[part.state], position=part.position, waiting=part.waiting)
    return f"{part.since}  {language.render(N_('{name}: {detail}'), name=part.title, detail=state)}"
