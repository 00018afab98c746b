"""The rulebook's state that a batch needs before it decides: its epoch and the stopped rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select

from benefits.officer_acts import (
    RULEBOOK_LOCK,
    NewAct,
    advance_rulebook_epoch,
    lock_rulebook_exclusive,
    record_act,
)
from benefits.officers import ActRefused, Officer
from benefits.tables.rulebook import rule_acts, rule_cuts, rule_stops, rulebook
from core.faults import FaultTable
from core.text_marks import N_
from store import lock_shared, read_once

RULE_STOP_FAULTS = FaultTable(
    "rule_stop",
    {
        "stopped": (
            N_("the rule {value} is stopped already, by {who} since {day}: {reason}"),
            N_("let it go on with `yihui rules resume {value}`"),
        ),
        "not_stopped": (N_("the rule {value} is not stopped"), N_("look which are: yihui rules versions")),
        "day_over": (
            N_("the last day {value} is over"),
            N_(
                "choose today or a later day; what was granted wrongly is taken back by `yihui reversals reverse`"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RuleStop:
    """The stop of a rule, with its day, officer and reason."""

    rule_id: str
    act: int
    who: str
    day: date
    reason: str


def lock_rulebook_shared(connection: Connection) -> Mapping[str, RuleStop]:
    """Take the rulebook's shared lock and return the stopped rules by id.

    No officer stops or changes a rule before this transaction ends. On PostgreSQL batches share a lock that
    an act takes exclusively; on SQLite there is one writer at a time anyway.
    """
    lock_shared(connection, RULEBOOK_LOCK)
    return read_rule_stops(connection)


def read_rule_stops(connection: Connection) -> Mapping[str, RuleStop]:
    """Return the rules that are stopped now, by id."""
    query = (
        select(rule_acts)
        .join(rule_stops, rule_stops.c.act == rule_acts.c.sequence)
        .order_by(rule_acts.c.rule_id)
    )
    return {
        row.rule_id: RuleStop(row.rule_id, row.sequence, row.who, row.day, row.reason)
        for row in connection.execute(query)
    }


def read_rulebook_epoch(connection: Connection) -> int:
    """Return the rulebook's epoch, which grows whenever another library comes into force."""
    query = select(rulebook.c.epoch)
    return read_once(connection, "rulebook epoch", lambda: int(connection.execute(query).scalar_one()))


def stop_rule(connection: Connection, officer: Officer, rule_id: str, version: str | None) -> RuleStop:
    """Stop a rule on every runner from the next batch on; ``version`` is the hash in force today.

    *Raises*: ActRefused if it is stopped already, or without a reason.
    """
    officer.require_reason()
    lock_rulebook_exclusive(connection)
    there = read_rule_stops(connection).get(rule_id)
    if there is not None:
        raise ActRefused(
            RULE_STOP_FAULTS.build(
                "stopped", field="rule", value=rule_id, who=there.who, day=there.day, reason=there.reason
            )
        )
    act = record_act(connection, officer, NewAct("stopped", rule_id, version, None))
    connection.execute(insert(rule_stops).values(rule_id=rule_id, act=act))
    return RuleStop(rule_id, act, officer.who, officer.today, officer.reason)


def require_rule_stop(connection: Connection, rule_id: str) -> RuleStop:
    """Return the stop of a rule. *Raises*: ActRefused if it isn't stopped."""
    there = read_rule_stops(connection).get(rule_id)
    if there is None:
        raise ActRefused(RULE_STOP_FAULTS.build("not_stopped", field="rule", value=rule_id))
    return there


def lift_rule_stop(connection: Connection, officer: Officer, rule_id: str, version: str | None) -> RuleStop:
    """Let a stopped rule go on; the caller decides the held events in the same transaction.

    *Raises*: ActRefused if it isn't stopped.
    """
    lock_rulebook_exclusive(connection)
    there = require_rule_stop(connection, rule_id)
    record_act(connection, officer, NewAct("resumed", rule_id, None, version, {"stopped_by_act": there.act}))
    connection.execute(rule_stops.delete().where(rule_stops.c.rule_id == rule_id))
    return there


def retire_rule(
    connection: Connection, officer: Officer, rule_id: str, version: str | None, last_day: date
) -> int:
    """End all versions that a rule has now; a version approved later may follow.

    *Raises*: ActRefused for a last day in the past, or without a reason.
    """
    officer.require_reason()
    lock_rulebook_exclusive(connection)
    if last_day < officer.today:
        raise ActRefused(RULE_STOP_FAULTS.build("day_over", field="--last-day", value=last_day))
    act = record_act(
        connection, officer, NewAct("retired", rule_id, version, None, {"last_day": last_day.isoformat()})
    )
    connection.execute(insert(rule_cuts).values(act=act, rule_id=rule_id, last_day=last_day, kind="retired"))
    advance_rulebook_epoch(connection)
    return act
