"""Sum up the outcomes of a whole run; memory does not grow with the number of events."""

from collections import Counter
from dataclasses import dataclass, field

from benefits import Reason, Ruling
from events.dead_letters import DeadLetter
from events.pipeline import BatchOutcome
from events.sweeping import SweepResult

MAX_EXAMPLE_LETTERS = 100  # as examples; the database holds all of them


@dataclass(slots=True)
class GrantTally:
    """The grants of one rule. ``amount_fen`` is their worth."""

    count: int = 0
    amount_fen: int = 0


@dataclass(slots=True)
class RefusalTally:
    """Refusals of one rule for the same reasons, with one member as an example."""

    reasons: tuple[Reason, ...]
    example: str
    count: int = 0


@dataclass(slots=True)
class RunTally:
    """Totals over batches: ``granted`` by rule title, ``refused`` by rule title and reasons."""

    handled: int = 0
    duplicates: int = 0
    held: int = 0  # decisions that stopped rules postponed
    dead: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)
    granted: dict[str, GrantTally] = field(default_factory=dict)
    refused: dict[tuple[str, str], RefusalTally] = field(default_factory=dict)
    taken_part: Counter[str] = field(default_factory=Counter)  # entered, waiting
    swept: SweepResult = field(default_factory=SweepResult)  # what fell due by the events' days

    def add(self, outcomes: BatchOutcome) -> None:
        """Add the outcome of one batch."""
        self.handled += outcomes.handled
        self.duplicates += outcomes.duplicates
        self.held += outcomes.held
        self.swept += outcomes.swept
        self.dead += len(outcomes.dead_letters)
        self.dead_letters += outcomes.dead_letters[: MAX_EXAMPLE_LETTERS - len(self.dead_letters)]
        for ruling in outcomes.rulings:
            if ruling.outcome == "granted":
                self._grant(ruling)
            elif ruling.outcome != "refused":
                self.taken_part[ruling.outcome] += 1
            else:
                self._refuse(ruling)

    @property
    def grants(self) -> int:
        return sum(kind.count for kind in self.granted.values())

    @property
    def refusals(self) -> int:
        return sum(kind.count for kind in self.refused.values())

    def _grant(self, ruling: Ruling) -> None:
        assert ruling.decision.benefits, f"{ruling.id} was granted though nothing is due"
        kind = self.granted.setdefault(ruling.decision.rule_title, GrantTally())
        kind.count += 1
        kind.amount_fen += ruling.decision.amount_fen

    def _refuse(self, ruling: Ruling) -> None:
        said = "\0".join(f"{reason.text}{sorted(reason.params.items())}" for reason in ruling.reasons)
        first = RefusalTally(ruling.reasons, ruling.event.member)
        self.refused.setdefault((ruling.decision.rule_title, said), first).count += 1
