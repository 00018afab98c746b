"""What became of a whole run, in a few numbers: a million events leave no more behind than ten."""

from collections import Counter
from dataclasses import dataclass, field

from benefits import Reason, Ruling
from events.dead_letters import DeadLetter
from events.pipeline import Outcomes

LETTERS_KEPT = 100  # as examples; all of them lie in the database


@dataclass(slots=True)
class Granted:
    """What one rule granted. ``amount_fen`` is its worth."""

    count: int = 0
    amount_fen: int = 0


@dataclass(slots=True)
class Refused:
    """Refusals of one rule for the same reasons, with one member who can be asked about."""

    reasons: tuple[Reason, ...]
    example: str
    count: int = 0


@dataclass(slots=True)
class Tally:
    """Counts over batches: ``granted`` by title, ``refused`` by title and reasons."""

    handled: int = 0
    duplicates: int = 0
    held: int = 0  # looks that stopped rules will take later
    dead: int = 0
    letters: list[DeadLetter] = field(default_factory=list)
    granted: dict[str, Granted] = field(default_factory=dict)
    refused: dict[tuple[str, str], Refused] = field(default_factory=dict)
    taken_part: Counter[str] = field(default_factory=Counter)  # entered, waiting

    def add(self, outcomes: Outcomes) -> None:
        """Count one batch."""
        self.handled += outcomes.handled
        self.duplicates += outcomes.duplicates
        self.held += outcomes.held
        self.dead += len(outcomes.letters)
        self.letters += outcomes.letters[: LETTERS_KEPT - len(self.letters)]
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
        kind = self.granted.setdefault(ruling.decision.rule_title, Granted())
        kind.count += 1
        kind.amount_fen += ruling.decision.amount_fen

    def _refuse(self, ruling: Ruling) -> None:
        said = "\0".join(f"{reason.text}{sorted(reason.params.items())}" for reason in ruling.reasons)
        first = Refused(ruling.reasons, ruling.event.member)
        self.refused.setdefault((ruling.decision.rule_title, said), first).count += 1
