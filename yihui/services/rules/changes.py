"""What a version changes against the version of the same rule that holds on a day."""

from dataclasses import dataclass
from datetime import date

from yihui.services.rules.differences import VersionDifference, compare_rule_files, fen_parameters_of
from yihui.services.rules.documents import RuleFile, find_tables, rule_file_of_version
from yihui.services.rules.in_force import StatedVersion
from yihui.services.rules.trial import ExistingRules, VersionCandidate

_OF_THE_DAYS = ("in_force.", "programme.")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The keys that differ from the version ``compared``; None if the rule has no other version."""

    compared: StatedVersion | None = None
    differences: tuple[VersionDifference, ...] = ()

    @property
    def changes_only_days(self) -> bool:
        """Whether nothing differs but the days on which the version holds."""
        return all(one.field.startswith(_OF_THE_DAYS) for one in self.differences)


def compare_with_holding(standing: ExistingRules, candidate: VersionCandidate, today: date) -> RuleChange:
    """Compare a candidate with the version of its rule that holds today, or else with the one before it.

    *Raises*: RuleFaults.
    """
    there = standing.without_file(candidate.paper)
    others = [one for one in candidate.others if one.hash != candidate.stated.hash]
    holding = [one for one in others if one.in_force.holds(today)]
    before = [one for one in others if one.in_force.since < candidate.stated.in_force.since]
    compared = next(iter(holding), None) or max(before, key=lambda one: one.in_force.since, default=None)
    if compared is None:
        return RuleChange()
    in_fen = fen_parameters_of(candidate.rule.definition)
    found = compare_rule_files(_rule_file(there, compared.file), candidate.paper, in_fen)
    return RuleChange(compared, tuple(found))


def _rule_file(standing: ExistingRules, name: str) -> RuleFile:
    """Return a version as its file states it, with its tables."""
    approved = standing.approved.versions_by_name.get(name)
    if approved is not None:
        return rule_file_of_version(approved)
    text = dict(standing.base.texts)[name]
    return RuleFile(name, text, find_tables(text, standing.base.texts))
