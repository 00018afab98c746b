"""Load the drafts of a simulation: read and check them beside the rules in force."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.civil_time import EARLIEST_DATE
from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from rules import CapDefinition, Rule, RuleLibrary, build_span, load_library
from yihui.bootstrap import Wiring
from yihui.services.rules.documents import read_rule_file
from yihui.services.rules.in_force import DraftAmendment
from yihui.services.rules.rules import list_rule_paths
from yihui.services.rules.sources import RuleSources, read_rule_sources

DraftTexts = Sequence[tuple[str, str]]
"""The names and texts of drafts and of their tables."""
_CAP = re.compile(r"(?m)^cap: *([a-z0-9-]+)")

SIMULATION_DRAFT_FAULTS = FaultTable(
    "simulation_draft",
    {
        "no_rule": (N_("there is no rule in {value}"), N_("name the file of a draft: one rule in each file")),
        "foreign_id": (
            N_(
                "the id {value} belongs to a rule of {owner} that is in force, “{title}”; the draft's owner is {own}"
            ),
            N_("give the draft another id; the same id and owner would make it a new version of that rule"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PresentRules:
    """The rules in force that drafts are read beside: their sources and the library."""

    sources: RuleSources
    present: RuleLibrary

    def load_with_drafts(self, texts: DraftTexts) -> RuleLibrary:
        """Return the library with the drafts, without the versions they replace.

        *Raises*: RuleFaults.
        """
        names = {name for name, _ in texts}
        caps = {found[1] for _, text in texts for found in _CAP.finditer(text)}
        others = [
            (name, text)
            for name, text in self.sources.texts()
            if name not in names and caps.isdisjoint(found[1] for found in _CAP.finditer(text))
        ]
        beside = DraftAmendment.of_texts(texts, self.sources.amendment())
        return load_library([*others, *texts], beside)

    def find_new_rules(self, library: RuleLibrary, texts: DraftTexts) -> tuple[Rule, ...]:
        """Return the rules of the drafts, and the lower levels' rules that change with them."""
        names = {name for name, _ in texts}
        there = {(rule.id, rule.definition.owner, rule.hash) for rule in self.present.rules}
        return tuple(
            rule
            for rule in library.rules
            if rule.file in names
            or (rule.is_merged and (rule.id, rule.definition.owner, rule.hash) not in there)
        )


def load_drafts(
    texts: DraftTexts, around: PresentRules
) -> tuple[tuple[Rule, ...], Mapping[str, CapDefinition]]:
    """Return the rules of drafts, checked beside all rules in force, and the caps that hold with them.

    No draft comes into force. *Raises*: RuleFaults with every finding; FaultError for a draft that conflicts with a
    rule in force.
    """
    library = around.load_with_drafts(texts)
    rules = around.find_new_rules(library, texts)
    if not rules:
        names = ", ".join(name for name, _ in texts)
        raise FaultError(SIMULATION_DRAFT_FAULTS.build("no_rule", field="DRAFT", value=names))
    _refuse_foreign_ids(rules, around.present)
    return rules, library.caps


def load_present_rules(reading: Wiring) -> PresentRules:
    """Return the rules in force now, and their sources."""
    sources = read_rule_sources(reading)
    return PresentRules(sources, sources.load_library())


def backdate_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules as if they were in force on every day, to ask about last year's events."""
    return tuple(rule.during(build_span(EARLIEST_DATE, None)) for rule in rules)


def read_draft_texts(paths: Sequence[Path]) -> tuple[tuple[str, str], ...]:
    """Read the draft files and the tables that they name. *Raises*: RuleFaults, FaultError, OSError."""
    files = [
        file
        for path in paths
        for file in list_rule_paths(path)
        if not path.is_dir() or file.suffix != ".json"
    ]
    return tuple(dict.fromkeys(pair for file in files for pair in read_rule_file(file).texts()))


def _refuse_foreign_ids(rules: Sequence[Rule], present: RuleLibrary) -> None:
    """Refuse a draft with the id of another owner's rule, because it would silently replace that rule."""
    raise_faults(
        SIMULATION_DRAFT_FAULTS.build(
            "foreign_id",
            file=rule.file,
            field="id",
            value=rule.id,
            owner=other.definition.owner,
            title=other.definition.title,
            own=rule.definition.owner,
        )
        for rule in rules
        for other in present.versions(rule.id)[:1]
        if not rule.is_merged and other.definition.owner != rule.definition.owner
    )
