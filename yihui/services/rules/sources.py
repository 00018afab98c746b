"""Read the rules as they hold: files of the release and of the folders, and what the database approved.

Every command that shows, checks or compares rules reads them here, so that all see the same rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rules import RuleLibrary
from yihui.bootstrap import Wiring
from yihui.services.rules.in_force import (
    Amendment,
    Approvals,
    approved_texts,
    library_in_force,
    load_approvals,
)
from yihui.services.rules.rules import RuleFileTexts, base_texts, shipped_file_names


@dataclass(frozen=True, slots=True)
class RuleSources:
    """Texts of rule files, and the approvals and ends that the database holds."""

    base: RuleFileTexts
    approved: Approvals = field(default_factory=Approvals)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the names and texts of all files and approved versions."""
        yield from self.base.texts
        yield from approved_texts(self.approved)

    def load_library(self) -> RuleLibrary:
        """Return the rules as they hold. *Raises*: RuleFaults with every fault."""
        return library_in_force(self.base, self.approved)

    def amendment(self) -> Amendment:
        """Return what applies the database's approvals and ends to each rule that is read."""
        return Amendment(self.approved, shipped_file_names())


def read_rule_sources(wiring: Wiring) -> RuleSources:
    """Return the sources of this installation's rules.

    Without a database there are no approvals; none is created. *Raises*: StoreError; OSError for a folder
    that can't be read.
    """
    base = base_texts(wiring.settings.rules_in_force)
    if not wiring.has_database:
        return RuleSources(base)
    with wiring.database.read() as connection:
        return RuleSources(base, load_approvals(connection))
