"""Given an event, a member's facts and a date: what is due, and why or why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.benefit import Benefit
from rules.cap import CapDefinition
from rules.conditions import ZenValue
from rules.decision import CapUse, Checked, Condition, Decision, Due, Quota, Slots
from rules.definition import RuleDefinition
from rules.event import EventFacts
from rules.facts import Value
from rules.library import Library
from rules.period import last_day, period_key
from rules.rule import PER_MEMBER, Rule

N_ = str  # marks a text for the message catalogue

_LIMIT_NOT_KNOWN = N_("a fact by which the limit is counted isn't known")


def evaluate(
    event: EventFacts, facts: Mapping[str, Value], library: Library, at: date
) -> tuple[Decision, ...]:
    """The decisions of all rules that look at this member, ordered by rule id.

    ``at`` chooses the versions: the civil date on which the event occurred. ``facts`` are the member's,
    keyed like ``member.status``; what is missing isn't known. A rule looks at a member whose organisation
    (or, without one, whose district) lies below its owner and for whom ``among`` holds.

    Raises: WrongFactError for a fact of another type than the catalogue says.
    """
    code = facts.get("member.organisation") or facts.get("member.district")
    if not isinstance(code, str):
        return ()
    candidates = library.candidates(event.type, code, at)
    return tuple([made for rule in candidates if (made := _decide(rule, event, facts, library)) is not None])


@dataclass(slots=True)
class _Look:
    """One look at one member through one rule."""

    rule: Rule
    values: dict[str, Value]
    context: dict[str, ZenValue]
    verdicts: list[bool]

    def checks(self, first: int) -> list[Checked]:
        """What is required, looked at one by one."""
        verdicts, values = self.verdicts, self.values
        return [
            Checked(
                condition,
                verdicts[index],
                not verdicts[index] and self.is_unknown(index, condition),
                values,
            )
            for index, condition in enumerate(self.rule.required, first)
        ]

    def is_unknown(self, index: int, condition: Condition) -> bool:
        """Whether a condition that doesn't hold couldn't be told, since something it reads isn't known."""
        values = self.values
        if all(values[path] is not None for path in condition.reads):
            return False
        return not self.rule.compiled.fails(index, self.context)

    def row(self, first: int) -> tuple[int | None, bool]:
        """The first row that holds; a row before it that couldn't be told leaves the amount unknown."""
        for index, condition in enumerate(self.rule.rows):
            if self.verdicts[first + index]:
                return index, False
            if self.is_unknown(first + index, condition):
                return None, True
        return None, False


def _decide(rule: Rule, event: EventFacts, facts: Mapping[str, Value], library: Library) -> Decision | None:
    values = rule.compiled.read(event, facts)
    context = rule.compiled.context(values)
    look = _Look(rule, values, context, rule.compiled.verdicts(context))
    first = rule.first_required
    if first and not look.verdicts[0]:
        return None
    conditions = look.checks(first)
    definition = rule.definition
    amount_fen = definition.figure(definition.benefits[0].amount_fen)
    if rule.table is not None:
        row, unknown = look.row(first + len(rule.required))
        conditions.append(Checked(rule.table, row is not None, unknown, values))
        amount_fen = rule.amounts_fen[row or 0]
    limit = _slots(definition, event, values, conditions)
    due = not [checked for checked in conditions if not checked.holds]
    return Decision(
        rule_id=definition.id,
        rule_title=definition.title,
        rule_hash=rule.hash,
        member=event.member,
        occurred_on=event.occurred_on,
        outcome="due" if due else "refused",
        conditions=tuple(conditions),
        benefit=_benefit(definition, amount_fen, event.occurred_on) if due else None,
        limit=limit,
        quota=_quota(definition, event.occurred_on),
        budget=definition.budget,
        caps=tuple([_use(library.caps[name], event.occurred_on) for name in definition.caps]),
    )


def _benefit(definition: RuleDefinition, amount_fen: int, on: date) -> Due:
    benefit: Benefit = definition.benefits[0]
    expires_on = last_day(on, definition.expires) if definition.expires else None
    title = benefit.title or definition.title
    return Due(benefit.kind, title, amount_fen, definition.figure(benefit.quantity), benefit.unit, expires_on)


def _slots(
    definition: RuleDefinition, event: EventFacts, values: Mapping[str, Value], conditions: list[Checked]
) -> Slots:
    """The limit of a grant; a rule without one grants once for each event and member."""
    limit = definition.limits[0] if definition.limits else None
    if limit is None:
        named = (("source", event.source), ("event", event.id), (PER_MEMBER, event.member))
        return Slots("&".join([_part(path, value) for path, value in named]), "event", 1)
    parts = []
    for path in limit.per:
        value = event.member if path == PER_MEMBER else values[path]
        if value is None:
            condition = Condition(f"known({path})", _LIMIT_NOT_KNOWN, None, (path,))
            conditions.append(Checked(condition, False, True, values))
        parts.append(_part(path, value))
    period = period_key(definition.period(limit.every), event.occurred_on, definition.programme_span)
    return Slots("&".join(parts), period, definition.figure(limit.times))


def _part(path: str, value: Value) -> str:
    return f"{path}={_escaped(value)}"


def _escaped(value: Value) -> str:
    text = value if type(value) is str else "、".join(value) if isinstance(value, tuple) else str(value)
    return text if text.isalnum() else text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def _quota(definition: RuleDefinition, on: date) -> Quota | None:
    allocate = definition.allocate
    if allocate.quota is None:
        return None
    return Quota(
        definition.figure(allocate.quota),
        period_key(definition.period(allocate.every), on, definition.programme_span),
    )


def _use(cap: CapDefinition, on: date) -> CapUse:
    allowed = cap.at(on)
    assert allowed, f"cap {cap.cap} isn't in force on {on}: the loader proves that it is"
    return CapUse(
        cap=cap.cap,
        title=cap.title,
        per=cap.per,
        amount_fen=allowed.amount_fen,
        year=f"{on.year:04}" if cap.per != "grant" else None,
    )
