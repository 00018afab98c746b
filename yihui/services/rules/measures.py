"""Load what the document of a version is written from: the rule, worked examples, and its owner's name."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import organisation_names
from rules import Rule
from yihui.bootstrap import Wiring
from yihui.services.rules.desk import load_version_file
from yihui.services.rules.examples import WorkedExample, work_out_examples
from yihui.services.rules.versions import IndexedVersion

RULE_MEASURES_FAULTS = FaultTable(
    "rule_measures",
    {
        "adaptation": (
            N_("the version {value} can't be read without the rule that it adapts"),
            N_("open the document of the rule that it adapts"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class MeasuresSource:
    """One version with its rule, examples that were worked out, and the name of the organisation that owns it."""

    entry: IndexedVersion
    rule: Rule
    examples: Sequence[WorkedExample]
    owner_name: str


def load_measures_source(wiring: Wiring, hash_: str) -> MeasuresSource:
    """Load a version for its document. *Raises*: FaultError if there is none, or if it only adapts another."""
    found = load_version_file(wiring, hash_)
    if found.rule is None or found.library is None:
        raise FaultError(RULE_MEASURES_FAULTS.build("adaptation", field="version", value=hash_[:12]))
    with wiring.database.read() as connection:
        names = organisation_names(connection, {found.owner})
    examples = work_out_examples(found.library, found.rule, found.entry.text)
    return MeasuresSource(found.entry, found.rule, examples, names.get(found.owner) or found.owner)
