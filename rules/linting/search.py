"""Looks for a member for whom conditions hold, by choosing fact after fact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.expressions.syntax import And, Node, Not, Or
from rules.facts import Value
from rules.linting.linear import facts_of
from rules.linting.truth import OPEN, Answering, answering

Facts = Mapping[str, Value]
Candidates = Callable[[str, Facts], Sequence[Value]]
MOST_QUESTIONS = 20_000
MOST_WORK = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition, and whether it is to hold or to be false."""

    node: Node
    holds: bool = True


class Bound(Exception):
    """More cases than are tried."""


@dataclass(slots=True)
class Work:
    """How many questions may still be asked: counted, not timed, so that every machine finds the same."""

    left: int
    whole: "Work | None" = None

    def take(self, count: int) -> None:
        """Uses up some, of this and of the whole that it is part of.

        Raises: Bound where they end.
        """
        self.left -= count
        if self.left < 0:
            raise Bound
        if self.whole:
            self.whole.take(count)


@dataclass(slots=True)
class Search:
    """Chooses values until all that is wanted is so, and goes back where something can't be."""

    goals: Sequence["Goal"]
    order: Sequence[str]
    candidates: Candidates
    work: "Work"
    chosen: dict[str, Value] = field(default_factory=dict)

    def find(self, depth: int = 0) -> dict[str, Value] | None:
        """The facts found, or None where no candidate fits.

        Raises: Bound where the work ends.
        """
        if depth == 0 and not all(goal.may_be({}) for goal in self.goals):
            return None
        if depth == len(self.order):
            return dict(self.chosen)
        path = self.order[depth]
        goals = [goal for goal in self.goals if path in goal.reads]
        for value in self.candidates(path, self.chosen):
            self.work.take(len(goals))
            self.chosen[path] = value
            if all(goal.may_be(self.chosen) for goal in goals):
                found = self.find(depth + 1)
                if found is not None:
                    return found
        self.chosen.pop(path, None)
        return None


@dataclass(frozen=True, slots=True)
class Goal:
    """One part of what is wanted, ready to be asked."""

    ask: Answering
    holds: bool
    reads: frozenset[str]

    def may_be(self, facts: Facts) -> bool:
        """Whether the facts chosen so far leave it possible."""
        answer = self.ask(facts)
        return answer is OPEN or answer is self.holds


def goals_of(wanted: Sequence[Wanted]) -> list[Goal]:
    """The parts of what is wanted, as small as they come."""
    return [
        Goal(answering(part.node), part.holds, facts_of(part.node))
        for whole in wanted
        for part in _parts(whole)
    ]


def _parts(wanted: Wanted) -> Sequence[Wanted]:
    match wanted.node:
        case Not(operand=operand):
            return _parts(Wanted(operand, not wanted.holds))
        case And(parts=parts) if wanted.holds:
            return [inner for part in parts for inner in _parts(Wanted(part, True))]
        case Or(parts=parts) if not wanted.holds:
            return [inner for part in parts for inner in _parts(Wanted(part, False))]
    return [wanted]


def order_of(goals: Sequence[Goal], sizes: Mapping[str, int]) -> list[str]:
    """Facts of one goal next to each other, small choices first."""
    alone = sorted(goals, key=lambda goal: (len(goal.reads), sum(sizes.get(path, 50) for path in goal.reads)))
    return list(
        dict.fromkeys(
            path for goal in alone for path in sorted(goal.reads, key=lambda p: (sizes.get(p, 50), p))
        )
    )
