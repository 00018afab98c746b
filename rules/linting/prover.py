"""Decides whether conditions can hold together, and finds the plainest member for whom they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from rules.expressions.functions import FUNCTIONS
from rules.expressions.syntax import Call, Compare, Literal, Node, Within, walk
from rules.facts import Fact, Value
from rules.linting.atoms import FIGURE, Atoms
from rules.linting.domains import OCCURRED_ON, Setting, figure_values, shifted, values_of
from rules.linting.linear import facts_of
from rules.linting.search import (
    MOST_QUESTIONS,
    MOST_WORK,
    Bound,
    Facts,
    Search,
    Wanted,
    Work,
    goals_of,
    order_of,
)
from rules.linting.solving import asks_calendar, in_other_years, turns
from rules.linting.truth import answering

_SAMPLES = 400
"""Days that are tried where a question about a day has no turn that can be reckoned, such as a feast."""


class Proof(Enum):
    """What is known where no member was found."""

    NEVER = "never"  # no member can be
    OPEN = "open"  # none was found, and that is all


@dataclass(slots=True)
class Prover:
    """Answers questions about the conditions of one rule."""

    facts: Mapping[str, Fact]
    setting: Setting
    work: Work = field(default_factory=lambda: Work(MOST_WORK))

    def member(self, *wanted: Wanted) -> dict[str, Value] | Proof:
        """The facts of a member for whom all that is wanted is so: what the conditions read, no more."""
        if self.is_tired:
            return Proof.OPEN
        atoms = Atoms(self.facts)
        rewritten = [Wanted(atoms.rewrite(part.node), part.holds) for part in wanted]
        try:
            found = self._decide(atoms, rewritten)
        except Bound:
            return self._looked(wanted)
        if found is None:
            return Proof.NEVER
        if any(path.startswith(FIGURE) for part in rewritten for path in facts_of(part.node)):
            return self._looked(wanted)
        return found

    @property
    def is_tired(self) -> bool:
        """Whether no question is answered any more."""
        return self.work.left <= 0

    def _part(self) -> Work:
        return Work(MOST_QUESTIONS, self.work)

    def _decide(self, atoms: Atoms, wanted: Sequence[Wanted]) -> dict[str, Value] | None:
        """Decides over the questions: exact, since the values of every fact stand for all."""
        goals = goals_of(wanted)
        paths = {path for goal in goals for path in goal.reads}
        values = {path: self.values(atoms, path) for path in paths}
        order = order_of(goals, {path: len(found) for path, found in values.items()})
        return Search(goals, order, lambda path, _: values[path], self._part()).find()

    def values(self, atoms: Atoms, path: str, few: int = 0) -> list[Value]:
        """Values that stand for all values of a fact or a figure, all of them where they are few.

        Raises: Bound where there are too many.
        """
        questions = [node for node in atoms.questions.values() if path in facts_of(node)]
        if path.startswith(FIGURE):
            return figure_values(atoms.figures[path])
        found = values_of(self.facts[path], questions, self.setting)
        if found is None:
            raise Bound
        return found if len(found) <= few else self._unlike(path, found, questions)

    def _looked(self, wanted: Sequence[Wanted]) -> dict[str, Value] | Proof:
        try:
            return self._look(wanted) or Proof.OPEN
        except Bound:
            return Proof.OPEN

    def _look(self, wanted: Sequence[Wanted]) -> dict[str, Value] | None:
        """Looks for a member among likely values; finding none proves nothing."""
        goals = goals_of(wanted)
        questions = [
            part for whole in wanted for part in walk(whole.node) if isinstance(part, Compare | Within | Call)
        ]
        joined = [node for node in questions if len(facts_of(node)) > 1 or _is_odd(node)]
        values = {p: self._likely(p, questions) for p in {p for goal in goals for p in goal.reads}}
        kinds = {path: self._calendar(path, found, questions) for path, found in values.items()}
        order = order_of(goals, {path: len(found) for path, found in values.items()})

        def candidates(path: str, chosen: Facts) -> Sequence[Value]:
            asked = [node for node in joined if path in facts_of(node)]
            fact = self.facts[path]
            turned = turns(path, fact, asked, chosen)
            solved = [*turned, *in_other_years(turned, kinds.get(path, ()))]
            return list(dict.fromkeys([*(v for v in solved if self._may_be(path, v)), *values[path]]))

        for ordered in (order, order[::-1]):
            try:
                found = Search(goals, ordered, candidates, self._part()).find()
            except Bound:
                continue
            if found is not None:
                return found
        return None

    def _calendar(self, path: str, values: Sequence[Value], questions: Sequence[Node]) -> list[Value]:
        """A day of each kind that questions about its month and day tell apart."""
        asked = [node for node in questions if facts_of(node) == {path} and asks_calendar(node)]
        return self._unlike(path, values, asked) if asked else []

    def _may_be(self, path: str, value: Value) -> bool:
        return path != OCCURRED_ON or self.setting.in_force.holds(value)  # type: ignore[arg-type]

    def _likely(self, path: str, questions: Sequence[Node]) -> list[Value]:
        asked = [node for node in questions if path in facts_of(node)]
        atoms = Atoms(self.facts)
        plain = [node for node in asked if not isinstance(node, Call) and atoms.is_plain(node)]
        found = values_of(self.facts[path], plain, self.setting) or []
        if len(plain) == len(asked):
            found = self._unlike(path, found, asked)
        literals = _literals(asked, self.facts[path])
        if self.facts[path].kind == "date" and any(_is_odd(node) for node in asked):
            literals += self._every_day()
        return list(dict.fromkeys([*found, *(v for v in literals if self._may_be(path, v))]))

    def _unlike(self, path: str, values: Sequence[Value], questions: Sequence[Node]) -> list[Value]:
        """The first of the values that no question tells apart."""
        asks = [answering(node) for node in questions if _is_yes_no(node) and facts_of(node) == {path}]
        self.work.take(len(asks) * len(values))
        first: dict[tuple[object, ...], Value] = {}
        for value in values:
            facts = {path: value}
            first.setdefault((value is None, *(ask(facts) for ask in asks)), value)
        return list(first.values())

    def _every_day(self) -> list[Value]:
        days = (shifted(self.setting.in_force.since, step) for step in range(_SAMPLES))
        return [day for day in days if day]


def _is_yes_no(node: Node) -> bool:
    return not (isinstance(node, Call) and node.name in FUNCTIONS and FUNCTIONS[node.name].gives != "boolean")


def _is_odd(node: Node) -> bool:
    """Whether it asks a calendar that can't be turned around."""
    return any(
        isinstance(part, Call)
        and part.name not in ("age", "years", "months_between", "days_between", "year", "within", "known")
        for part in walk(node)
    )


def _literals(questions: Sequence[Node], fact: Fact) -> list[Value]:
    """Literals that stand in the same questions, and small numbers."""
    if fact.allowed and not fact.open:
        return []
    kinds = {"text": str, "integer": int, "fen": int}
    if fact.kind not in kinds:
        return []
    found = {
        part.value
        for node in questions
        for part in walk(node)
        if isinstance(part, Literal) and type(part.value) is kinds[fact.kind]
    }
    texts: list[Value] = [*sorted(value for value in found if isinstance(value, str))]
    numbers = {value for value in found if isinstance(value, int)} | {0, 1, 100}
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    return texts if fact.kind == "text" else [*sorted(near, key=lambda number: (number < 0, number))]
