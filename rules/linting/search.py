"""Search for a member for whom conditions hold, choosing one fact after another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.expressions.evaluator import UNDECIDED, Evaluator, PartialFacts, compile_evaluator
from rules.expressions.syntax import And, Node, Not, Or
from rules.facts import FactValue
from rules.linting.linear import fact_paths

ChosenFacts = Mapping[str, FactValue]
CandidateFunction = Callable[[str, ChosenFacts], Sequence[FactValue]]
MAX_SEARCH_QUESTIONS = 20_000
MAX_RULE_QUESTIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class RequiredTruth:
    """A condition, and whether it must be true or false."""

    node: Node
    holds: bool = True


class TooManyCases(Exception):
    """There are more cases than the prover tries."""


@dataclass(slots=True)
class WorkLimit:
    """How many more questions may be evaluated; counted, not timed, so that every machine finds the same."""

    remaining: int
    parent: "WorkLimit | None" = None

    def consume(self, count: int) -> None:
        """Use up some of this limit and of its parent.

        Raises: TooManyCases if the limit is exceeded.
        """
        self.remaining -= count
        if self.remaining < 0:
            raise TooManyCases
        if self.parent:
            self.parent.consume(count)


@dataclass(slots=True)
class MemberSearch:
    """Choose values until every goal is met, and backtrack where a goal becomes impossible."""

    goals: Sequence["SearchGoal"]
    order: Sequence[str]
    candidates: CandidateFunction
    work: "WorkLimit"
    chosen: PartialFacts = field(default_factory=PartialFacts)

    def find(self, depth: int = 0) -> dict[str, FactValue] | None:
        """Return the facts found, or None if no candidate fits.

        Raises: TooManyCases if the work limit is exceeded.
        """
        if depth == 0 and not all(goal.is_possible(self.chosen) for goal in self.goals):
            return None
        if depth == len(self.order):
            return dict(self.chosen)
        path = self.order[depth]
        goals = [goal for goal in self.goals if path in goal.reads]
        for value in self.candidates(path, self.chosen):
            self.work.consume(len(goals))
            self.chosen[path] = value
            if all(goal.is_possible(self.chosen) for goal in goals):
                found = self.find(depth + 1)
                if found is not None:
                    return found
        self.chosen.pop(path, None)
        return None


@dataclass(frozen=True, slots=True)
class SearchGoal:
    """One elementary condition of a search, compiled for evaluation."""

    evaluate: Evaluator
    holds: bool
    reads: frozenset[str]

    def is_possible(self, facts: ChosenFacts) -> bool:
        """Return whether the facts chosen so far leave the goal possible."""
        answer = self.evaluate(facts)
        return answer is UNDECIDED or answer is self.holds


def build_goals(wanted: Sequence[RequiredTruth]) -> list[SearchGoal]:
    """Split the required conditions into the smallest possible goals."""
    return [
        SearchGoal(compile_evaluator(part.node), part.holds, fact_paths(part.node))
        for whole in wanted
        for part in _parts(whole)
    ]


def _parts(wanted: RequiredTruth) -> Sequence[RequiredTruth]:
    match wanted.node:
        case Not(operand=operand):
            return _parts(RequiredTruth(operand, not wanted.holds))
        case And(parts=parts) if wanted.holds:
            return [inner for part in parts for inner in _parts(RequiredTruth(part, True))]
        case Or(parts=parts) if not wanted.holds:
            return [inner for part in parts for inner in _parts(RequiredTruth(part, False))]
    return [wanted]


def order_facts(goals: Sequence[SearchGoal], sizes: Mapping[str, int]) -> list[str]:
    """Return the facts in search order: facts of one goal together, those with few values first."""
    alone = sorted(goals, key=lambda goal: (len(goal.reads), sum(sizes.get(path, 50) for path in goal.reads)))
    return list(
        dict.fromkeys(
            path for goal in alone for path in sorted(goal.reads, key=lambda p: (sizes.get(p, 50), p))
        )
    )
