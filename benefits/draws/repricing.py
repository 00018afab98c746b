"""Give those who wait the value that the rule in force today says: theirs, the new one, or an officer's choice.

What was promised is never changed: a grant keeps its amount.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection, select

from benefits.officer_acts import NewAct, record_act
from benefits.officers import Officer
from benefits.tables.rulebook import rule_acts
from rules import Condition, ConditionResult, Decision, Rule
from rules.engine.day import build_fixed_benefits

WaitingChoice = Literal["keep", "reprice"]
_WAS, _IS = "value.was_fen", "value.is_fen"
REPRICED = Condition("value.changed_while_waiting", "", None, (_WAS, _IS))


def record_waiting_choice(connection: Connection, officer: Officer, rule: Rule, choice: WaitingChoice) -> int:
    """Record what those who wait get of a version that says ``ask``. *Raises*: ActRefused without a reason."""
    officer.require_reason()
    deed = NewAct("repriced", rule.id, None, rule.hash, {"waiting": choice})
    return record_act(connection, officer, deed)


def value_waiting_decisions(
    connection: Connection,
    decisions: Sequence[Decision],
    in_force: Callable[[Decision], Rule | None],
    today: date,
) -> list[Decision]:
    """Return the decisions of a list with the value that each member gets today, in their order.

    The list ends before the first member for whom an officer still has to decide.
    """
    valued: list[Decision] = []
    choices: Mapping[str, str] | None = None
    for decision in decisions:
        rule = in_force(decision)
        repriced = reprice_decision(decision, rule, today) if rule is not None else None
        if rule is None or repriced is None:
            valued.append(decision)
            continue
        assert rule.definition.on_change is not None
        choice: str | None = rule.definition.on_change.waiting
        if choice == "ask":
            choices = _choices(connection, rule.id) if choices is None else choices
            choice = choices.get(rule.hash)
        if choice is None:
            break
        valued.append(repriced if choice == "reprice" else decision)
    return valued


def reprice_decision(decision: Decision, rule: Rule, today: date) -> Decision | None:
    """Return the decision with a version's value; None if the version keeps the old one, or it is the same."""
    on_change = rule.definition.on_change
    if on_change is None or on_change.waiting == "keep" or rule.hash == decision.rule_hash:
        return None
    benefits = build_fixed_benefits(rule, today)
    if benefits is None or _values(replace(decision, benefits=benefits)) == _values(decision):
        return None
    repriced = replace(decision, rule_hash=rule.hash, rule_title=rule.definition.title, benefits=benefits)
    change = {_WAS: decision.amount_fen, _IS: repriced.amount_fen}
    return replace(
        repriced, conditions=(*decision.conditions, ConditionResult(REPRICED, True, False, change))
    )


def _values(decision: Decision) -> list[tuple[object, ...]]:
    return [(due.name, due.kind, due.amount_fen, due.quantity, due.unit) for due in decision.benefits]


def _choices(connection: Connection, rule_id: str) -> dict[str, str]:
    """Return the officers' last choice by the hash of the version."""
    query = (
        select(rule_acts.c.hash_after, rule_acts.c.detail)
        .where(rule_acts.c.act == "repriced", rule_acts.c.rule_id == rule_id)
        .order_by(rule_acts.c.sequence)
    )
    return {row.hash_after: json.loads(row.detail)["waiting"] for row in connection.execute(query)}
