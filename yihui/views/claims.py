"""Claims and participations as JSON data and as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import ClaimResult, Participation

PARTICIPATION_TEXTS: Mapping[str, str] = {
    "entered": N_("takes part"),
    "fixed": N_("takes part, to be drawn"),
    "won": N_("won"),
    "not_won": N_("did not win"),
    "waiting": N_("waits, number {position} of {waiting}"),
    "over": N_("waited in vain: the rule is over, and no place became free before its end"),
    "served": N_("moved up and was granted"),
    "passed": N_("had the turn on the waiting list and could not be granted"),
    "given_up": N_("given up"),
}


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
    ended_on = part.ended_on.isoformat() if part.ended_on else None
    return {**asdict(part), "since": part.since.isoformat(), "ended_on": ended_on}


def participation_state_text(part: Participation, language: Language) -> str:
    """Return how a participation stands."""
    return language.render(PARTICIPATION_TEXTS[part.state], position=part.position, waiting=part.waiting)


def participation_text(part: Participation, language: Language) -> str:
    """Return a participation as one line of text."""
    state = participation_state_text(part, language)
    return f"{part.since}  {language.render(N_('{name}: {detail}'), name=part.title, detail=state)}"
