"""Show a member's benefits, and decisions as lines and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from core.text_marks import N_
from members import scrub_personal_numbers
from yihui.runtime.language import Language
from yihui.services.benefits.benefits import MemberBenefits, MissingDecision
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.agent_script import render_agent_summary, render_not_evaluated_summary
from yihui.views.claims import participation_text
from yihui.views.decisions import (
    decision_record_json,
    decision_record_lines,
    no_decision_json,
    no_decision_lines,
)
from yihui.views.grants import grant_json, grant_position_texts, grant_text

if TYPE_CHECKING:
    from benefits import DecisionRecord, Participation


def member_benefits_json(found: MemberBenefits) -> list[dict[str, object]]:
    """Return the grants as JSON data, each with its positions."""
    return [
        {
            **grant_json(one.grant, one.stands),
            "standing": {unit: asdict(position) for unit, position in one.facts.positions.items()},
        }
        for one in found.grants
    ]


def member_benefits_lines(found: MemberBenefits, language: Language) -> Iterator[str]:
    """Yield a line for each grant, their number, and a line for each participation."""
    for one in found.grants:
        positions = grant_position_texts(one, language)
        yield language.join_clauses([grant_text(one, language), *positions])
    yield language.render(N_("benefits: {count}"), count=len(found.grants))
    for part in found.participations:
        yield participation_text(part, language)


def participation_lines(found: Sequence[Participation], language: Language) -> Iterator[str]:
    """Yield a line for each participation, or a line that there is none."""
    for part in found:
        yield participation_text(part, language)
    if not found:
        yield language.render(N_("takes part in nothing"))


def decision_lines(
    found: Sequence[DecisionRecord],
    language: Language,
    names: RecordNames = NO_NAMES,
    *,
    agent: bool,
    with_code: bool = False,
) -> Iterator[str]:
    """Yield the lines of each decision, or the sentences for an agent, with an empty line after each."""
    for record in found:
        if agent:
            yield from render_agent_summary(record, language, names)
        else:
            yield from decision_record_lines(record, language, names, with_code=with_code)
        yield ""


def no_record_line(member: str, on: date | None, language: Language) -> str:
    """Return the line for a member about whom no rule decided anything."""
    on_day = N_("no rule looked at {member} on {day}; without --at all days are told")
    template = on_day if on else N_("no rule has looked at {member} yet")
    return language.render(template, member=scrub_personal_numbers(member), day=on)


def decisions_json(
    found: Sequence[DecisionRecord],
    missing: Sequence[MissingDecision],
    on: date | None,
    language: Language,
    names: RecordNames,
    *,
    with_code: bool,
) -> dict[str, object]:
    """Return decisions, and why others are missing, as JSON data."""
    day = on.isoformat() if on else None
    return {
        "decisions": [decision_record_json(item, language, names, with_code=with_code) for item in found],
        "not_looked": [
            line
            for one in missing
            for line in no_decision_json(one.explanations, one.title, day, language, with_code=with_code)
        ],
    }


def missing_decision_lines(
    missing: MissingDecision, on: date | None, language: Language, *, agent: bool, with_code: bool = False
) -> Iterator[str]:
    """Yield why a rule decided nothing, for an officer or as the sentences for an agent."""
    day = on.isoformat() if on else None
    if agent:
        yield from render_not_evaluated_summary(missing.explanations[0], missing.title, day, language)
    else:
        yield from no_decision_lines(missing.explanations, missing.title, day, language, with_code=with_code)
