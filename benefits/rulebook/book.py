"""What a batch must know of the rulebook before it decides: its epoch, and which rules are stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select

from benefits.officer_acts import WORK, ActRefused, Deed, Officer, alone, record_act, turn_epoch
from benefits.tables.rulebook import rule_acts, rule_cuts, rule_stops, rulebook
from store import many_at_a_time

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule that is stopped, since when, by whom and why."""

    rule_id: str
    act: int
    who: str
    day: date
    reason: str


def enter(connection: Connection) -> Mapping[str, Stop]:
    """The rules that are stopped, by id; nobody stops or changes one before this transaction ends.

    PostgreSQL's batches share a lock that an act takes alone; SQLite's writers are alone anyway.
    """
    many_at_a_time(connection, WORK)
    return stops(connection)


def stops(connection: Connection) -> Mapping[str, Stop]:
    """The rules that are stopped now, by id."""
    query = (
        select(rule_acts)
        .join(rule_stops, rule_stops.c.act == rule_acts.c.sequence)
        .order_by(rule_acts.c.rule_id)
    )
    return {
        row.rule_id: Stop(row.rule_id, row.sequence, row.who, row.day, row.reason)
        for row in connection.execute(query)
    }


def epoch(connection: Connection) -> int:
    """Grows whenever another library is in force."""
    return int(connection.execute(select(rulebook.c.epoch)).scalar_one())


def stop(connection: Connection, officer: Officer, rule_id: str, version: str | None) -> Stop:
    """Halt a rule on every runner from the next batch on; ``version`` is the hash in force today.

    *Raises*: ActRefused where it is stopped already, or without a reason.
    """
    officer.with_reason()
    alone(connection)
    there = stops(connection).get(rule_id)
    if there is not None:
        raise ActRefused(
            N_("the rule {value} is stopped already, by {who} since {day}: {reason}"),
            N_("let it go on with `yihui rules resume {value}`"),
            "rule",
            rule_id,
            who=there.who,
            day=there.day.isoformat(),
            reason=there.reason,
        )
    act = record_act(connection, officer, Deed("stopped", rule_id, version, None))
    connection.execute(insert(rule_stops).values(rule_id=rule_id, act=act))
    return Stop(rule_id, act, officer.who, officer.today, officer.reason)


def lift_stop(connection: Connection, officer: Officer, rule_id: str, version: str | None) -> Stop:
    """Let a stopped rule go on; what was held is the caller's, in this very transaction.

    *Raises*: ActRefused where it isn't stopped.
    """
    alone(connection)
    there = stops(connection).get(rule_id)
    if there is None:
        raise ActRefused(
            N_("the rule {value} is not stopped"),
            N_("look which are: yihui rules versions"),
            "rule",
            rule_id,
        )
    record_act(connection, officer, Deed("resumed", rule_id, None, version, {"stopped_by_act": there.act}))
    connection.execute(rule_stops.delete().where(rule_stops.c.rule_id == rule_id))
    return there


def retire(
    connection: Connection, officer: Officer, rule_id: str, version: str | None, last_day: date
) -> int:
    """End all versions that a rule has by now; a version approved later may follow.

    *Raises*: ActRefused for a last day that is over, or without a reason.
    """
    officer.with_reason()
    alone(connection)
    if last_day < officer.today:
        raise ActRefused(
            N_("the last day {value} is over"),
            N_(
                "choose today or a later day; what was granted wrongly is taken back by `yihui rules reverse`"
            ),
            "--last-day",
            last_day.isoformat(),
        )
    act = record_act(
        connection, officer, Deed("retired", rule_id, version, None, {"last_day": last_day.isoformat()})
    )
    connection.execute(insert(rule_cuts).values(act=act, rule_id=rule_id, last_day=last_day, kind="retired"))
    turn_epoch(connection)
    return act
