"""Run rule cases, an officer's or those of one version; report failed cases and rule lines that no case covers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benefits import ActRefused
from core.calendars import Calendar, workday_table
from core.faults import Fault
from members import organisation_lineage
from members.applications import complete_application_facts
from members.history import complete_facts
from rules import (
    AdaptationDefinition,
    CaseRuling,
    RuleCase,
    RuleDefinition,
    RuleFaults,
    RuleLibrary,
    UncoveredLine,
    find_uncovered_lines,
    load_library,
    parse_rule_cases,
    run_case,
)
from rules.simulation.simulate import build_library_with_drafts
from yihui.bootstrap import Wiring
from yihui.runtime.language import DEFAULT_LANGUAGE, load_language
from yihui.services.rules.documents import parse_rule_definition
from yihui.services.rules.rules import RuleFileTexts, read_case_texts, read_rule_texts, read_yaml_texts
from yihui.services.rules.simulation_drafts import backdate_rules, load_present_rules
from yihui.services.rules.sources import read_rule_sources
from yihui.services.rules.versions import IndexedVersion, VersionIndex, base_rule, load_version_index

_HELD = ("active", "stopped", "over", "coming")  # states of versions that have days of their own


@dataclass(frozen=True, slots=True)
class CaseRun:
    """The result of running a set of cases."""

    rulings: tuple[CaseRuling, ...]
    untouched: tuple[UncoveredLine, ...]

    @property
    def failed(self) -> tuple[CaseRuling, ...]:
        """The cases whose result differs from the expected one."""
        return tuple(one for one in self.rulings if one.differences)

    @property
    def passed(self) -> tuple[CaseRuling, ...]:
        """The cases whose result is the expected one."""
        return tuple(one for one in self.rulings if not one.differences)


def run_rule_cases(wiring: Wiring, files: Sequence[Path], rule_files: Sequence[Path] = ()) -> CaseRun:
    """Run the cases against given rule files, or else against the rules as they hold.

    Reasons are compared in Chinese whatever the reader's language, because rules state theirs in Chinese.

    Raises: RuleFaults with every fault in the rules or the cases; OSError.
    """
    library, texts, drafted = _library(wiring, rule_files)
    cases, faults = _read_cases(read_yaml_texts(files), library)
    if faults:
        raise RuleFaults(faults)
    rulings = tuple(run_case(case, library, load_language(DEFAULT_LANGUAGE).translate) for case in cases)
    return CaseRun(rulings, find_uncovered_lines(library, texts, rulings, drafted))


def _library(
    wiring: Wiring, rule_files: Sequence[Path]
) -> tuple[RuleLibrary, Mapping[str, str], Collection[str] | None]:
    """Return the rules to run the cases against, their texts by file, and the ids of the given ones.

    *Raises*: RuleFaults, OSError.
    """
    if not rule_files:
        sources = read_rule_sources(wiring)
        return sources.load_library(), dict(sources.texts()), None
    given = read_rule_texts(rule_files)
    read = read_rule_texts((*wiring.settings.rules_in_force, *rule_files))
    if read.faults:
        raise RuleFaults(read.faults)
    drafts = [found for name, text in given.texts if (found := _parse_rule(name, text))]
    texts = [pair for pair in read.texts if pair in given.texts or not _is_replaced(*pair, drafts)]
    return load_library(texts), dict(texts), {draft.id.partition("@")[0] for draft in drafts}


def _parse_rule(name: str, text: str) -> RuleDefinition | AdaptationDefinition | None:
    """Parse a rule's file; None for a table, a cap, or a rule with faults, which the loader reports."""
    try:
        return parse_rule_definition(text, name) if name.endswith((".yaml", ".yml")) else None
    except (RuleFaults, ActRefused):
        return None


def _is_replaced(name: str, text: str, drafts: Sequence[RuleDefinition | AdaptationDefinition]) -> bool:
    """Return whether a file holds a version in whose days a draft of the same rule is tried."""
    held = _parse_rule(name, text)
    return held is not None and any(
        draft.id == held.id and draft.in_force.overlaps(held.in_force) for draft in drafts
    )


def _read_cases(
    read: RuleFileTexts, library: RuleLibrary, rule: str = ""
) -> tuple[list[RuleCase], list[Fault]]:
    """Return the cases and faults of the files that name the rule; other files are not parsed."""
    ids = [one.id for one in library.rules]
    cases: list[RuleCase] = []
    faults = list(read.faults)
    for name, text in read.texts:
        if rule in text:
            found, wrong = parse_rule_cases(name, text, ids)
            cases += map(complete_case, found)
            faults += wrong
    return cases, faults


def complete_case(case: RuleCase) -> RuleCase:
    """Return a case whose member and application start from what is known in life of those of whom little is."""
    day = case.event.occurred_on
    facts = complete_facts(case.facts, day)
    if case.event.type.startswith("application."):
        facts = complete_application_facts(facts, day, workday_table(Calendar.CN))
    return replace(case, facts=facts)


@dataclass(frozen=True, slots=True)
class VersionCases(CaseRun):
    """The cases of a rule, run against a version.

    An approved version is asked about its own days; ``elsewhere`` counts the cases of other days, or of members
    whom it does not reach. One that is not approved, or whose days have no case yet, is asked about every day,
    as if it had always been in force (``is_trial``): what fails is what it would change.
    """

    entry: IndexedVersion
    faults: tuple[Fault, ...]
    elsewhere: int
    is_trial: bool


def check_version_cases(wiring: Wiring, hash_: str) -> VersionCases:
    """Run a rule's cases against a version. *Raises*: FaultError if there is no such version; RuleFaults."""
    with wiring.database.read() as connection:
        index = load_version_index(wiring, connection)
    entry = index.require(hash_)
    done = _check(wiring, index, entry, is_trial=entry.state not in _HELD)
    if entry.state == "coming" and not done.rulings:
        return _check(wiring, index, entry, is_trial=True)
    return done


def _check(wiring: Wiring, index: VersionIndex, entry: IndexedVersion, *, is_trial: bool) -> VersionCases:
    """Run the cases with the version on its own days, or for a trial on every day. *Raises*: RuleFaults."""
    around, rule = load_present_rules(wiring), base_rule(entry.rule)
    drafts = list(index.file_of(entry).texts())
    texts = dict((*around.sources.texts(), *drafts))
    library, names = around.present, {drafts[0][0]}
    if is_trial:
        with_drafts = around.load_with_drafts(drafts)
        new = backdate_rules(around.find_new_rules(with_drafts, drafts))
        library = build_library_with_drafts(around.present, new, with_drafts.caps)
    else:
        names |= {one.file for one in library.rules if one.hash == entry.hash}
    found, faults = _read_cases(read_case_texts(wiring.settings.rules), library, rule)
    cases = [case for case in found if case.rule == rule]
    own = [case for case in cases if _concerns(case, entry, is_trial=is_trial)]
    translate = load_language(DEFAULT_LANGUAGE).translate  # rules state their reasons in Chinese
    rulings = tuple(run_case(case, library, translate) for case in own)
    uncovered = find_uncovered_lines(library, texts, rulings, [rule])
    untouched = tuple(line for line in uncovered if line.file in names)
    return VersionCases(rulings, untouched, entry, tuple(faults), len(cases) - len(own), is_trial)


def _concerns(case: RuleCase, entry: IndexedVersion, *, is_trial: bool) -> bool:
    """Return whether a case falls on a day of the version and is about a member below its owner."""
    day = case.event.occurred_on
    if not is_trial and not (entry.since <= day and (entry.until is None or day <= entry.until)):
        return False
    owner = entry.rule.partition("@")[2]
    if not owner:
        return True
    code = case.facts.get("member.organisation") or case.facts.get("member.district")
    return isinstance(code, str) and owner in organisation_lineage(code)
