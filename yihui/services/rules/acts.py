"""Acts of an officer on a rule in force, and the record of all acts on rules."""

from datetime import date

from sqlalchemy import Connection

import benefits
from benefits import Act
from events.acts import record_act
from yihui.access.pending_acts import PendingAct, PendingKind, propose_pending_act
from yihui.bootstrap import Wiring
from yihui.services.access.second_person import require_first_person
from yihui.services.rules.life import RuleService, acting_officer


def stop_rule_at_once(wiring: Wiring, rule: str, by: str, reason: str) -> None:
    """Stop a rule; events that it would consider are held. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> object:
        officer = acting_officer(wiring, by, reason)
        stop = benefits.stop_rule(connection, officer, rule, version)
        record_act(connection, "stop_rule", officer.at, rule=rule, version=version, by=by, reason=reason)
        return stop

    RuleService(wiring).act_on_rule(rule, act)


def propose_resuming(wiring: Wiring, rule: str, by: str, reason: str) -> PendingAct:
    """Propose that a stopped rule goes on; a second person confirms it. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> PendingAct:
        officer = acting_officer(wiring, by, reason)
        stop = benefits.require_rule_stop(connection, rule)
        terms = {
            "version": version,
            "stopped_by_act": stop.act,
            "stopped_by": stop.who,
            "stop_reason": stop.reason,
        }
        require_first_person(wiring, connection, officer.who)
        proposed = (officer.who, reason, officer.at)
        return propose_pending_act(connection, PendingKind.STOP_LIFT, rule, terms, proposed)

    return RuleService(wiring).act_on_rule(rule, act)


def retire_rule_after(wiring: Wiring, rule: str, last_day: date | None, by: str, reason: str) -> date:
    """End a rule after a day, or after today. Return its last day. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> date:
        officer = acting_officer(wiring, by, reason)
        last = last_day or officer.today
        benefits.retire_rule(connection, officer, rule, version, last)
        terms = {"version": version, "last_day": last, "by": by, "reason": reason}
        record_act(connection, "retire_rule", officer.at, rule=rule, **terms)
        return last

    return RuleService(wiring).act_on_rule(rule, act)


def list_rule_acts(wiring: Wiring, rule: str | None) -> list[Act]:
    """List who did what with a rule, or with all."""
    with wiring.database.read() as connection:
        return benefits.list_acts(connection, rule)
