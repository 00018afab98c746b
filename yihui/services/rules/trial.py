"""Check a rule file against the rules in force before it is submitted: valid, with no overlap and no gap."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from benefits import ActRefused, RuleCutoff
from core.faults import Fault, FaultTable
from core.text_marks import N_
from rules import (
    AdaptationDefinition,
    Rule,
    RuleDefinition,
    RuleFaults,
    RuleLibrary,
    Span,
    content_hash,
    lint_rule_files,
    load_library,
)
from yihui.services.rules.ceilings import find_foreign_budgets, find_missing_ceilings
from yihui.services.rules.documents import RuleFile, parse_rule_definition, refuse_table_name_clash
from yihui.services.rules.fact_sources import build_fact_sources
from yihui.services.rules.in_force import (
    Amendment,
    Approvals,
    DraftAmendment,
    StatedVersion,
    adaptations_in_force,
    approved_texts,
)
from yihui.services.rules.rules import RuleFileTexts, shipped_file_names

TRIAL_FAULTS = FaultTable(
    "rule_trial",
    {
        "overlap": (
            N_("{value} begins on {since}, while the version {hash} holds from {first} to {last}"),
            N_(
                "let it begin later (in_force: from:), or say --takes-over to end that version the day before"
            ),
        ),
        "gap": (
            N_("{value} has no version from {first} to {last}"),
            N_("let the version begin on {first}, or retire the rule first with yihui rules retire"),
        ),
    },
)

_LAST = 1 << 62  # later than every act
_CAP = re.compile(r"(?m)^cap:")
_ADAPTS = re.compile(r"""(?m)^adapts: *["']?([a-z0-9-]+)""")
_OF_RULE = re.compile(r"""(?m)^(?:id|adapts): *["']?([a-z0-9-]+)""")


@dataclass(frozen=True, slots=True)
class VersionCandidate:
    """A version that is valid together with all rules in force.

    ``rule`` is the rule as loaded; for an adaptation it is the merged rule. ``ends`` are the versions
    that it takes over from, ``before`` is the hash of the version before it, ``others`` are all versions of
    the same rule that were in force or approved before.
    """

    stated: StatedVersion
    title: str
    rule: Rule
    paper: RuleFile
    before: str | None
    ends: tuple[StatedVersion, ...]
    warnings: tuple[Fault, ...]
    library: RuleLibrary
    others: tuple[StatedVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class ExistingRules:
    """The rules that a file is checked against: texts of files, approvals, and the library that both make.

    ``limited_budgets`` are those whose amount is set.
    """

    base: RuleFileTexts
    approved: Approvals
    library: RuleLibrary
    limited_budgets: frozenset[str] = frozenset()

    def without_file(self, paper: RuleFile) -> "ExistingRules":
        """Return the same rules without the texts of a file, which may already be in the rules folder.

        The library keeps the file's rules: those of other files may adapt them.
        """
        others = [pair for pair in self.base.texts if pair[0] != paper.name and pair[1] != paper.text]
        return replace(self, base=RuleFileTexts(others, self.base.faults))


def examine_rule_file(standing: ExistingRules, paper: RuleFile, *, takes_over: bool) -> VersionCandidate:
    """Check a file against all rules in force: valid by itself, with no overlap and no gap.

    *Raises*: RuleFaults with every fault about it, ActRefused for an overlap or a gap.
    """
    there = standing.without_file(paper)
    approved = there.approved
    refuse_table_name_clash(paper, there.base, approved.versions_by_name)
    definition = parse_rule_definition(paper.text, paper.name)
    id, span = definition.id, definition.in_force
    own_files = {name for name, _ in standing.base.texts} - {name for name, _ in there.base.texts}
    others = [version for version in _versions(there, definition) if version.file not in own_files]
    ends = tuple(version for version in others if version.in_force.overlaps(span))
    if ends and not takes_over:
        raise _overlap(id, span, ends)
    after = approved
    if ends:
        cut = RuleCutoff(id, span.since - timedelta(days=1), _LAST, "taken_over")
        after = Approvals(approved.versions, (*approved.cuts, cut))
    library, rule = _try(there.base, after, paper)
    foreign = find_foreign_budgets(library, paper.name, standing.library, standing.limited_budgets)
    if foreign:
        raise RuleFaults(foreign)
    hash_ = content_hash(definition)
    if isinstance(definition, RuleDefinition):
        versions = [rule if v.file == paper.name else v for v in library.versions(rule.id)]
        _no_gap(rule, versions, approved)
        hash_ = rule.hash  # over its tables as well
    earlier = [version for version in others if version.in_force.since < span.since]
    previous = max(ends, key=_begins, default=None) or max(earlier, key=_begins, default=None)
    return VersionCandidate(
        StatedVersion(id, hash_, paper.name, span),
        definition.title,
        rule,
        paper,
        previous.hash if previous else None,
        ends,
        (
            *_prove(ExistingRules(there.base, after, library), paper),
            *find_missing_ceilings(rule, there.limited_budgets, paper.name),
        ),
        library,
        tuple(others),
    )


def _versions(there: ExistingRules, definition: RuleDefinition | AdaptationDefinition) -> list[StatedVersion]:
    """Return the versions with the same id, each with the span in which it really holds."""
    if isinstance(definition, AdaptationDefinition):
        found = adaptations_in_force(there.base, there.approved)
        return [version for version in found if version.id == definition.id]
    versions = there.library.versions(definition.id)
    return [StatedVersion.of_rule(version) for version in versions]


def _begins(version: StatedVersion) -> date:
    return version.in_force.since


def _since(rule: Rule) -> date:
    return rule.definition.in_force.since


def _try(base: RuleFileTexts, after: Approvals, paper: RuleFile) -> tuple[RuleLibrary, Rule]:
    """Return the library that would result, and the rule in it. *Raises*: RuleFaults."""
    trial = DraftAmendment({paper.name}, (), Amendment(after, shipped_file_names()))
    texts = [*base.texts, *approved_texts(after), *paper.texts()]
    library = load_library(texts, trial)
    own = [rule for rule in library.rules if rule.file == paper.name]
    assert own, f"{paper.name} holds a rule that was not read"
    return library, max(own, key=lambda rule: (not rule.is_merged, _since(rule)))


def _prove(there: ExistingRules, paper: RuleFile) -> tuple[Fault, ...]:
    """Return the warnings about the file from all proofs against the caps.

    *Raises*: RuleFaults if a fault is an error.
    """
    texts = [*there.base.texts, *approved_texts(there.approved)]
    beside = [pair for pair in texts if _is_beside(paper, *pair)]
    others = [rule.definition for rule in there.library.rules if rule.file != paper.name]
    trial = DraftAmendment({paper.name}, (), Amendment(there.approved, shipped_file_names()))
    found = lint_rule_files([*beside, *paper.texts()], trial, others=others, sources=build_fact_sources())
    own = tuple(fault for fault in found if (fault.file or "").startswith(paper.name))
    if any(fault.severity == "error" for fault in own):
        raise RuleFaults(own)
    return own


def _is_beside(paper: RuleFile, name: str, text: str) -> bool:
    """Return whether a text takes part in the proof: caps, tables, the adapted rule and the levels in between."""
    if _CAP.search(text) or name.endswith(".json"):
        return True
    adapts = _ADAPTS.search(paper.text)
    return bool(adapts and any(found[1] == adapts[1] for found in _OF_RULE.finditer(text)))


def _overlap(id: str, stated: Span, ends: tuple[StatedVersion, ...]) -> ActRefused:
    first = ends[0]
    span = first.in_force
    return ActRefused(
        TRIAL_FAULTS.build(
            "overlap",
            field="in_force",
            value=id,
            since=stated.since,
            hash=first.hash[:12],
            first=span.since,
            last=span.until.isoformat() if span.until else "…",
        )
    )


def _no_gap(rule: Rule, versions: list[Rule], approved: Approvals) -> None:
    """Refuse a gap: versions follow each other day by day, unless the rule was retired in between."""
    retired = {cut.last_day for cut in approved.cuts if cut.rule_id == rule.id and cut.kind == "retired"}
    ordered = sorted(versions, key=_since)
    for earlier, later in pairwise(ordered):
        last = earlier.definition.in_force.until
        next_day = _since(later)
        if (
            (rule is earlier or rule is later)
            and last
            and last not in retired
            and last + timedelta(days=1) < next_day
        ):
            raise ActRefused(
                TRIAL_FAULTS.build(
                    "gap",
                    field="in_force",
                    value=rule.id,
                    first=last + timedelta(days=1),
                    last=next_day - timedelta(days=1),
                )
            )
