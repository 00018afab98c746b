"""Decide whether conditions can hold together, and find the simplest member for whom they do."""

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from rules.expressions.evaluator import UNDECIDED, compile_evaluator
from rules.expressions.functions import FUNCTIONS
from rules.expressions.syntax import Call, Compare, FactReference, InTest, Literal, Node, walk_nodes
from rules.facts import MAX_INTEGER, Fact, FactValue
from rules.linting.atoms import FIGURE_PREFIX, ConditionRewriter, linear_differences
from rules.linting.domains import (
    OCCURRED_ON,
    RuleSetting,
    add_days,
    representative_figure_values,
    representative_values,
    shift_months,
)
from rules.linting.linear import LinearSum, fact_paths
from rules.linting.search import (
    MAX_RULE_QUESTIONS,
    MAX_SEARCH_QUESTIONS,
    ChosenFacts,
    MemberSearch,
    RequiredTruth,
    TooManyCases,
    WorkLimit,
    build_goals,
    order_facts,
)


def turning_values(path: str, fact: Fact, questions: Sequence[Node], chosen: ChosenFacts) -> list[FactValue]:
    """Return values of a fact at which questions change their results, given the other facts chosen."""
    found: list[FactValue] = []
    for node in questions:
        if any(chosen.get(other) is None for other in fact_paths(node) - {path}):
            continue
        found += _joined_texts(path, fact, node, chosen)
        for difference in linear_differences(node):
            if difference:
                found += _near(path, fact, difference, chosen)
    return list(dict.fromkeys(found))


def _joined_texts(path: str, fact: Fact, node: Node, chosen: ChosenFacts) -> Iterable[FactValue]:
    match node:
        case Compare(left=FactReference(path=one), right=FactReference(path=other)):
            value = chosen.get(other if one == path else one)
            if fact.kind in ("text", "boolean") and (fact.open or not fact.allowed or value in fact.allowed):
                yield value
        case InTest(item=FactReference(path=item), options=FactReference(path=options)):
            if options == path and isinstance(text := chosen[item], str):
                yield (text,)
            elif item == path and isinstance(listed := chosen[options], tuple):
                yield from listed
        case Call(name="within", arguments=(FactReference(path=code), FactReference(path=area))):
            value = chosen[area if code == path else code]
            yield value
            if code == path and isinstance(value, str):
                yield f"{value[:2]}0100" if value.endswith("0000") else f"{value[:4]}02"
            elif isinstance(value, str):
                yield from (value[:2] + "0000", value[:4] + "00")


def _near(path: str, fact: Fact, difference: LinearSum, chosen: ChosenFacts) -> Iterable[FactValue]:
    """Solve ``count * factor + rest = 0`` for one fact that only this factor reads."""
    rest, asked = difference.constant, None
    for key, count in difference.terms.items():
        reading = [factor for factor in key if path in fact_paths(difference.factors[factor])]
        if not reading:
            value = _product(key, difference.factors, chosen)
            if value is None:
                return
            rest += count * value
        elif len(reading) > 1 or asked is not None:
            return
        else:
            others = _product(tuple(f for f in key if f != reading[0]), difference.factors, chosen)
            if not others:
                return
            asked = (difference.factors[reading[0]], count * others)
    if asked is not None:
        number = -rest // asked[1]
        for step in (0, 1, -1, 2):
            yield from _solved(path, fact, asked[0], number + step, chosen)


def _product(key: Sequence[str], factors: Mapping[str, Node], chosen: ChosenFacts) -> int | None:
    made = 1
    for name in key:
        value = compile_evaluator(factors[name])(chosen)
        if value is None or value is UNDECIDED or not isinstance(value, int | date):
            return None
        made *= value.toordinal() if isinstance(value, date) else value
    return made


def _solved(path: str, fact: Fact, factor: Node, number: int, chosen: ChosenFacts) -> Iterable[FactValue]:
    match factor:
        case FactReference() if fact.kind == "date":
            yield from _dates(date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None)
        case FactReference():
            if abs(number) <= MAX_INTEGER:
                yield number
        case Call(name="year"):
            yield from _dates(date(number, 1, 1) if 1 < number < 9999 else None, (0, 100, 200))
        case Call(name="month"):
            yield from (date(year, number, 1) for year in (2024, 2025, 2026) if 1 <= number <= 12)
        case Call(name="day"):
            yield from (date(year, 1, number) for year in (2024, 2025, 2026) if 1 <= number <= 31)
        case Call(name="age" | "years" | "months_between" as name, arguments=(first, second)):
            months = number * (1 if name == "months_between" else 12)
            is_first = path in fact_paths(first)
            anchor = compile_evaluator(second if is_first else first)(chosen)
            if isinstance(anchor, date):
                yield from _dates(shift_months(anchor, -months if is_first else months), (0, -1, 1))


def _dates(day: date | None, steps: Sequence[int] = (0,)) -> Iterable[date]:
    return (moved for step in steps if day and (moved := add_days(day, step)))


def move_to_other_years(turned: Sequence[FactValue], kinds: Sequence[FactValue]) -> Iterable[FactValue]:
    """Yield days of the given kinds (month and day) in the years of other days and the years beside them."""
    years = {day.year + step for day in turned if isinstance(day, date) for step in (-1, 0, 1)}
    for year in sorted(years):
        for kind in kinds:
            is_leap_day = isinstance(kind, date) and (kind.month, kind.day) == (2, 29)
            if isinstance(kind, date) and 1 <= year <= 9999 and not (is_leap_day and not isleap(year)):
                yield kind.replace(year=year)


_SAMPLES = 400
"""Days that are tried where a question about a day has no turn that can be reckoned, such as a feast."""


class ProofOutcome(Enum):
    """The outcome of a search that found no member."""

    NEVER = "never"  # proven: no member satisfies the conditions
    OPEN = "open"  # no member was found, which proves nothing


@dataclass(slots=True)
class Prover:
    """Decide questions about the conditions of one rule."""

    facts: Mapping[str, Fact]
    setting: RuleSetting
    work: WorkLimit = field(default_factory=lambda: WorkLimit(MAX_RULE_QUESTIONS))
    known_values: dict[tuple[object, ...], tuple[list[FactValue], int]] = field(default_factory=dict)
    """The values that decide questions about a fact, and the work that it took to find them."""

    def find_member(self, *wanted: RequiredTruth) -> dict[str, FactValue] | ProofOutcome:
        """Return the facts of a member who meets all given conditions, or the outcome if none was found.

        Only facts that the conditions read are returned.
        """
        if self.is_exhausted:
            return ProofOutcome.OPEN
        atoms = ConditionRewriter(self.facts)
        rewritten = [RequiredTruth(atoms.rewrite(part.node), part.holds) for part in wanted]
        try:
            found = self._decide(atoms, rewritten)
        except TooManyCases:
            return self._search_or_open(wanted)
        if found is None:
            return ProofOutcome.NEVER
        if any(path.startswith(FIGURE_PREFIX) for part in rewritten for path in fact_paths(part.node)):
            return self._search_or_open(wanted)
        return found

    @property
    def is_exhausted(self) -> bool:
        """Return whether the work limit of the rule is used up; further searches then return OPEN."""
        return self.work.remaining <= 0

    def _part(self) -> WorkLimit:
        return WorkLimit(MAX_SEARCH_QUESTIONS, self.work)

    def _decide(
        self, atoms: ConditionRewriter, wanted: Sequence[RequiredTruth]
    ) -> dict[str, FactValue] | None:
        """Decide over representative values; the result is exact, since these represent every value of a fact."""
        goals = build_goals(wanted)
        paths = {path for goal in goals for path in goal.reads}
        values = {path: self.fact_values(atoms, path) for path in paths}
        order = order_facts(goals, {path: len(found) for path, found in values.items()})
        return MemberSearch(goals, order, lambda path, _: values[path], self._part()).find()

    def fact_values(self, atoms: ConditionRewriter, path: str, few: int = 0) -> list[FactValue]:
        """Return values that represent all values of a fact or figure; all values if there are few.

        Raises: TooManyCases if there are too many.
        """
        if path.startswith(FIGURE_PREFIX):
            return representative_figure_values(atoms.figures[path])
        questions = {text: node for text, node in atoms.questions.items() if path in fact_paths(node)}
        asked = (path, few, *questions)
        if asked in self.known_values:
            values, cost = self.known_values[asked]
            self.work.consume(cost)
            return values
        before = self.work.remaining
        nodes = [*questions.values()]
        found = representative_values(self.facts[path], nodes, self.setting)
        if found is None:
            raise TooManyCases
        values = found if len(found) <= few else self._unlike(path, found, nodes)
        self.known_values[asked] = values, before - self.work.remaining
        return values

    def _search_or_open(self, wanted: Sequence[RequiredTruth]) -> dict[str, FactValue] | ProofOutcome:
        try:
            return self._search_likely(wanted) or ProofOutcome.OPEN
        except TooManyCases:
            return ProofOutcome.OPEN

    def _search_likely(self, wanted: Sequence[RequiredTruth]) -> dict[str, FactValue] | None:
        """Search for a member among likely values; finding none proves nothing."""
        goals = build_goals(wanted)
        questions = [
            part
            for whole in wanted
            for part in walk_nodes(whole.node)
            if isinstance(part, Compare | InTest | Call)
        ]
        joined = [node for node in questions if len(fact_paths(node)) > 1 or _is_odd(node)]
        values = {p: self._likely(p, questions) for p in {p for goal in goals for p in goal.reads}}
        kinds = {path: self._calendar(path, found, questions) for path, found in values.items()}
        order = order_facts(goals, {path: len(found) for path, found in values.items()})

        def candidates(path: str, chosen: ChosenFacts) -> Sequence[FactValue]:
            asked = [node for node in joined if path in fact_paths(node)]
            fact = self.facts[path]
            turned = turning_values(path, fact, asked, chosen)
            solved = [*turned, *move_to_other_years(turned, kinds.get(path, ()))]
            return list(dict.fromkeys([*(v for v in solved if self._may_be(path, v)), *values[path]]))

        for ordered in (order, order[::-1]):
            try:
                found = MemberSearch(goals, ordered, candidates, self._part()).find()
            except TooManyCases:
                continue
            if found is not None:
                return found
        return None

    def _calendar(self, path: str, values: Sequence[FactValue], questions: Sequence[Node]) -> list[FactValue]:
        """Return one day of each kind that the questions about its month and day distinguish."""
        asked = [
            node
            for node in questions
            if fact_paths(node) == {path}
            and any(isinstance(part, Call) and part.name in ("month", "day") for part in walk_nodes(node))
        ]
        return self._unlike(path, values, asked) if asked else []

    def _may_be(self, path: str, value: FactValue) -> bool:
        return path != OCCURRED_ON or self.setting.in_force.holds(value)  # type: ignore[arg-type]

    def _likely(self, path: str, questions: Sequence[Node]) -> list[FactValue]:
        asked = [node for node in questions if path in fact_paths(node)]
        atoms = ConditionRewriter(self.facts)
        plain = [node for node in asked if not isinstance(node, Call) and atoms.is_single_fact_question(node)]
        found = representative_values(self.facts[path], plain, self.setting) or []
        if len(plain) == len(asked):
            found = self._unlike(path, found, asked)
        literals = _literals(asked, self.facts[path])
        if self.facts[path].kind == "date" and any(_is_odd(node) for node in asked):
            literals += self._every_day()
        return list(dict.fromkeys([*found, *(v for v in literals if self._may_be(path, v))]))

    def _unlike(self, path: str, values: Sequence[FactValue], questions: Sequence[Node]) -> list[FactValue]:
        """Return the first of each group of values that all questions answer alike."""
        asks = [
            compile_evaluator(node) for node in questions if _is_yes_no(node) and fact_paths(node) == {path}
        ]
        self.work.consume(len(asks) * len(values))
        first: dict[tuple[object, ...], FactValue] = {}
        for value in values:
            facts = {path: value}
            first.setdefault((value is None, *(ask(facts) for ask in asks)), value)
        return list(first.values())

    def _every_day(self) -> list[FactValue]:
        days = (add_days(self.setting.in_force.since, step) for step in range(_SAMPLES))
        return [day for day in days if day]


def _is_yes_no(node: Node) -> bool:
    return not (isinstance(node, Call) and node.name in FUNCTIONS and FUNCTIONS[node.name].gives != "boolean")


def _is_odd(node: Node) -> bool:
    """Return whether a node calls a calendar function that cannot be inverted."""
    return any(
        isinstance(part, Call)
        and part.name not in ("age", "years", "months_between", "days_between", "year", "within", "known")
        for part in walk_nodes(node)
    )


def _literals(questions: Sequence[Node], fact: Fact) -> list[FactValue]:
    """Return literals that occur in the same questions, and small numbers."""
    if fact.allowed and not fact.open:
        return []
    kinds = {"text": str, "integer": int, "fen": int}
    if fact.kind not in kinds:
        return []
    found = {
        part.value
        for node in questions
        for part in walk_nodes(node)
        if isinstance(part, Literal) and type(part.value) is kinds[fact.kind]
    }
    texts: list[FactValue] = [*sorted(value for value in found if isinstance(value, str))]
    numbers = {value for value in found if isinstance(value, int)} | {0, 1, 100}
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    return texts if fact.kind == "text" else [*sorted(near, key=lambda number: (number < 0, number))]
