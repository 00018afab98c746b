"""Given an event, a member's facts and a date: what is due, and why or why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from rules.engine.day import benefits_on
from rules.engine.decision import Checked, Condition, Decision, Due, Rival
from rules.engine.library import Library
from rules.engine.rule import Amount, Part, Rule
from rules.engine.scarcity import entry_of, quota_of
from rules.engine.turns import slots_of
from rules.event import EventFacts
from rules.expressions.conditions import ZenValue
from rules.facts import Value
from rules.model.amounts import NOTHING, AmountError, Reckoned
from rules.model.period import last_day

N_ = str  # marks a text for the message catalogue

_TOO_LATE = N_("it became known too late after it had occurred")
_TOO_LATE_REMEDY = N_("ask your union: whoever told it late may apply for an exception")
_KNOWN_IN_TIME = "known_in_time(event)"


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
    made = [made for rule in candidates if (made := _decide(rule, event, facts, library)) is not None]
    return _with_rivals(made, candidates) if library.has_rivals else tuple(made)


@dataclass(slots=True)
class _Look:
    """One look at one member through one rule."""

    rule: Rule
    values: dict[str, Value]
    context: dict[str, ZenValue]
    verdicts: list[bool]

    def checks(self, first: int) -> list[Checked]:
        """What is required, looked at one by one."""
        verdicts, values, required = self.verdicts, self.values, self.rule.required
        if False not in verdicts:
            return [Checked(condition, True, False, values) for condition in required]
        return [
            Checked(
                condition,
                verdicts[index],
                not verdicts[index] and self.is_unknown(index, condition),
                values,
            )
            for index, condition in enumerate(required, first)
        ]

    def is_unknown(self, index: int, condition: Condition) -> bool:
        """Whether a condition that doesn't hold couldn't be told, since something it reads isn't known."""
        values = self.values
        if all(values[path] is not None for path in condition.reads):
            return False
        return not self.rule.compiled.fails(index, self.context)

    def row(self, rows: tuple[Condition, ...], first: int) -> tuple[int | None, bool]:
        """The first row that holds; a row before it that couldn't be told leaves the amount unknown."""
        for index, condition in enumerate(rows):
            if self.verdicts[first + index]:
                return index, False
            if self.is_unknown(first + index, condition):
                return None, True
        return None, False

    def amounts_fen(self, first: int, conditions: list[Checked]) -> tuple[list[int], int]:
        """The amount of every part, and where the next conditions begin; what can't be told is noted."""
        amounts_fen = []
        for part in self.rule.parts:
            amount: Amount = part.amount
            if part.table is not None:
                row, unknown = self.row(part.rows, first)
                conditions.append(Checked(part.table, row is not None, unknown, self.values))
                amount = 0 if row is None else part.amounts[row]
                first += len(part.rows)
            if not isinstance(amount, int):
                amount = self.reckoned(part, amount, conditions)
            amounts_fen.append(amount)
        return amounts_fen, first

    def reckoned(self, part: Part, amount: Reckoned, conditions: list[Checked]) -> int:
        """What an expression gives; the expression is noted as a condition with the values read."""
        failure, unknown, amount_fen = "", False, 0
        try:
            amount_fen = amount.amount_fen(self.values)
        except AmountError as error:
            failure, unknown = error.message, error.unknown
        else:
            if not amount_fen and part.benefit.kind in ("cash", "voucher"):
                failure = NOTHING
        expression = amount.expression
        condition = Condition(expression.text, failure, None, expression.reads)
        conditions.append(Checked(condition, not failure, unknown, self.values))
        return amount_fen


def _decide(rule: Rule, event: EventFacts, facts: Mapping[str, Value], library: Library) -> Decision | None:
    values = rule.compiled.read(event, facts)
    context = rule.compiled.context(values)
    look = _Look(rule, values, context, rule.compiled.verdicts(context))
    first = rule.first_required
    if first and not look.verdicts[0]:
        return None
    conditions = look.checks(first)
    amounts_fen, groups = look.amounts_fen(first + len(rule.required), conditions)
    definition, on = rule.definition, event.occurred_on
    if definition.grace:
        conditions.append(_known_in_time(event, definition.grace))
    day = library.day(rule, on)
    limits = slots_of(rule, day.periods, event, values, conditions)
    conditions += day.outside
    quota, entry = None, None
    if definition.allocate.mode != "everyone":
        quota = quota_of(rule, on, values, facts, conditions)
        entry = entry_of(rule, values, look.verdicts[groups:], conditions)
    benefits: tuple[Due, ...] = ()
    if not [checked for checked in conditions if not checked.holds]:
        benefits = day.benefits or benefits_on(rule, amounts_fen, on)
    return Decision(
        definition.id,
        definition.title,
        rule.hash,
        event.member,
        on,
        "due" if benefits else "refused",
        tuple(conditions),
        benefits,
        limits,
        quota,
        day.caps,
        day.demands,
        (),
        entry,
        definition.allocate.waiting_list,
        definition.id in library.asked,
    )


def _known_in_time(event: EventFacts, grace: str) -> Checked:
    """Judged by what the event itself says, never by a clock: replayed, it is judged alike."""
    on_time = event.known_on is None or event.known_on <= last_day(event.occurred_on, grace)
    condition = Condition(_KNOWN_IN_TIME, _TOO_LATE, _TOO_LATE_REMEDY, ("event.known_on",))
    return Checked(condition, on_time, False, {"event.known_on": event.known_on})


def _with_rivals(decided: list[Decision], rules: Iterable[Rule]) -> tuple[Decision, ...]:
    """Whoever names another as the alternative is one to it as well."""
    rivals: dict[str, dict[str, Rival]] = {}
    due = {decision.rule_id for decision in decided if decision.benefits}
    for rule in rules:
        if rule.id not in due:
            continue
        for dependency in rule.definition.depends:
            for other in due.intersection(dependency.better_of or ()) - {rule.id}:
                for one, two in ((rule.id, other), (other, rule.id)):
                    rival = Rival(two, dependency.otherwise, dependency.remedy)
                    rivals.setdefault(one, {}).setdefault(two, rival)
    return tuple(
        replace(decision, rivals=tuple(found[key] for key in sorted(found)))
        if decision.benefits and (found := rivals.get(decision.rule_id))
        else decision
        for decision in decided
    )
