"""Re-date decisions that were due on one day and are granted later: their terms run from the grant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.tables.appeals import rule_contents
from rules import ClawbackTerm, Decision, DueBenefit, last_day


@dataclass(frozen=True, slots=True)
class GrantDurations:
    """How long a rule version's grants are valid, can be claimed, and can be taken back."""

    expires: str | None = None
    claim: str | None = None
    clawback: tuple[str, ...] = ()


def redate_decisions(connection: Connection, decisions: Sequence[Decision], on: date) -> list[Decision]:
    """Return the decisions with their benefits granted on a later day.

    Limits, quotas and caps stay those of the day on which the member took part or joined the waiting list.
    """
    durations = _durations(connection, {decision.rule_hash for decision in decisions})
    return [
        replace(
            decision,
            occurred_on=on,
            benefits=tuple(
                _due(due, durations.get(decision.rule_hash), decision.occurred_on, on)
                for due in decision.benefits
            ),
        )
        for decision in decisions
    ]


def _due(due: DueBenefit, durations: GrantDurations | None, before: date, on: date) -> DueBenefit:
    if durations is None or len(durations.clawback) != len(due.takebacks):  # version content was not stored
        later = on - before
        return replace(
            due,
            expires_on=_later(due.expires_on, later),
            claim_by=_later(due.claim_by, later),
            takebacks=tuple(replace(t, until=_later(t.until, later) or t.until) for t in due.takebacks),
        )
    return replace(
        due,
        expires_on=last_day(on, durations.expires) if durations.expires else None,
        claim_by=last_day(on, durations.claim) if durations.claim else None,
        takebacks=tuple(
            ClawbackTerm(t.on, last_day(on, within), t.share_percent, t.text)
            for t, within in zip(due.takebacks, durations.clawback, strict=True)
        ),
    )


def _later(day: date | None, by: timedelta) -> date | None:
    if day is None:
        return None
    return date.max if date.max - day < by else day + by


def _durations(connection: Connection, hashes: set[str]) -> Mapping[str, GrantDurations]:
    rows = connection.execute(
        select(rule_contents.c.hash, rule_contents.c.content).where(rule_contents.c.hash.in_(sorted(hashes)))
    )
    return {row.hash: _read(from_json(row.content)) for row in rows}


def _read(content: dict[str, object]) -> GrantDurations:
    claim, expires, clawback = content.get("claim"), content.get("expires"), content.get("clawback")
    return GrantDurations(
        str(expires) if expires else None,
        str(claim["within"]) if isinstance(claim, dict) else None,
        tuple(str(item["within"]) for item in clawback) if isinstance(clawback, list) else (),
    )
