"""A rule file beside all that is in force, before it is handed in: sound, without an overlap, without a gap."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from benefits import ActRefused, Cut
from rules import (
    AdaptationDefinition,
    Finding,
    Library,
    Rule,
    RuleDefinition,
    RuleFaults,
    Span,
    content_hash,
    lint,
    load_library,
)
from yihui.services.rule_documents import Paper, definition_of, no_table_twice
from yihui.services.rules import Texts, shipped_names
from yihui.services.rules_in_force import (
    Amendment,
    Approvals,
    Stated,
    adaptations_in_force,
    approved_texts,
    library_in_force,
)

N_ = str  # marks a text for the message catalogue

_LAST = 1 << 62  # later than every act
_CAP = re.compile(r"(?m)^cap:")
_ADAPTS = re.compile(r"""(?m)^adapts: *["']?([a-z0-9-]+)""")
_OF_RULE = re.compile(r"""(?m)^(?:id|adapts): *["']?([a-z0-9-]+)""")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is sound beside all that is in force.

    ``rule`` is what it says; of an adaptation, what becomes of the rule above. ``ends`` are the versions
    that it takes over from, ``before`` is the hash of the one before it.
    """

    stated: Stated
    title: str
    rule: Rule
    paper: Paper
    before: str | None
    ends: tuple[Stated, ...]
    warnings: tuple[Finding, ...]
    library: Library


@dataclass(slots=True)
class Trial:
    """The amendments of today, with one text that is only tried."""

    name: str
    amend: Amendment
    rule: Rule | None = None

    def __call__(self, rule: Rule) -> Rule | None:
        if rule.file == self.name:
            self.rule = rule
            return rule
        return self.amend(rule)

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        return adaptation if file == self.name else self.amend.adaptation(adaptation, file)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a file is held against: the texts of files, what was approved, and the library that both make."""

    base: Texts
    approved: Approvals
    library: Library

    def without(self, name: str) -> "Standing":
        """The same without a file, which may lie in the rules folder already. *Raises*: RuleFaults."""
        others = [pair for pair in self.base.texts if pair[0] != name]
        if len(others) == len(self.base.texts):
            return self
        base = Texts(others, self.base.findings)
        return Standing(base, self.approved, library_in_force(base, self.approved))


def examine(standing: Standing, paper: Paper, *, takes_over: bool) -> Candidate:
    """A file beside all that is in force: sound by itself, without an overlap and without a gap.

    *Raises*: RuleFaults with every finding about it, ActRefused for an overlap or a gap.
    """
    there = standing.without(paper.name)
    approved = there.approved
    no_table_twice(paper, there.base, approved.names)
    definition = definition_of(paper.text, paper.name)
    id, span = definition.id, definition.in_force
    others = _versions(there, definition)
    ends = tuple(version for version in others if version.in_force.overlaps(span))
    if ends and not takes_over:
        raise _overlap(id, span, ends)
    after = approved
    if ends:
        cut = Cut(id, span.since - timedelta(days=1), _LAST, "taken_over")
        after = Approvals(approved.versions, (*approved.cuts, cut))
    library, rule = _try(there.base, after, paper)
    hash_ = content_hash(definition)
    if isinstance(definition, RuleDefinition):
        versions = [rule if v.file == paper.name else v for v in library.versions(rule.id)]
        _no_gap(rule, versions, approved)
        hash_ = rule.hash  # over its tables as well
    earlier = [version for version in others if version.in_force.since < span.since]
    previous = max(ends, key=_begins, default=None) or max(earlier, key=_begins, default=None)
    return Candidate(
        Stated(id, hash_, paper.name, span),
        definition.title,
        rule,
        paper,
        previous.hash if previous else None,
        ends,
        _proven(Standing(there.base, after, library), paper),
        library,
    )


def _versions(there: Standing, definition: RuleDefinition | AdaptationDefinition) -> list[Stated]:
    """The other versions under its id, as long as they really hold."""
    if isinstance(definition, AdaptationDefinition):
        found = adaptations_in_force(there.base, there.approved)
        return [version for version in found if version.id == definition.id]
    versions = there.library.versions(definition.id)
    return [Stated(v.id, v.hash, v.file, v.definition.in_force) for v in versions]


def _begins(version: Stated) -> date:
    return version.in_force.since


def _since(rule: Rule) -> date:
    return rule.definition.in_force.since


def _try(base: Texts, after: Approvals, paper: Paper) -> tuple[Library, Rule]:
    """The library that would be, and the rule in it. *Raises*: RuleFaults."""
    trial = Trial(paper.name, Amendment(after, shipped_names()))
    texts = [*base.texts, *approved_texts(after), *paper.texts()]
    library = load_library(texts, trial, trial.adaptation)
    merged = [rule for rule in library.rules if rule.is_merged and rule.file == paper.name]
    rule = trial.rule or max(merged, key=_since, default=None)
    assert rule is not None, f"{paper.name} holds a rule that was not read"
    return library, rule


def _proven(there: Standing, paper: Paper) -> tuple[Finding, ...]:
    """What is only a warning about the file, of all that can be proven of it against the caps.

    *Raises*: RuleFaults for more than warnings.
    """
    texts = [*there.base.texts, *approved_texts(there.approved)]
    beside = [pair for pair in texts if _is_beside(paper, *pair)]
    others = [rule.definition for rule in there.library.rules if rule.file != paper.name]
    trial = Trial(paper.name, Amendment(there.approved, shipped_names()))
    found = lint([*beside, *paper.texts()], trial, others=others, amend_adaptation=trial.adaptation)
    own = tuple(finding for finding in found if finding.file.startswith(paper.name))
    if any(finding.severity == "error" for finding in own):
        raise RuleFaults(own)
    return own


def _is_beside(paper: Paper, name: str, text: str) -> bool:
    """Caps and tables; the rule that is adapted, and what the levels in between make of it."""
    if _CAP.search(text) or name.endswith(".json"):
        return True
    adapts = _ADAPTS.search(paper.text)
    return bool(adapts and any(found[1] == adapts[1] for found in _OF_RULE.finditer(text)))


def _overlap(id: str, stated: Span, ends: tuple[Stated, ...]) -> ActRefused:
    first = ends[0]
    span = first.in_force
    return ActRefused(
        N_("{value} begins on {since}, while the version {hash} holds from {first} to {last}"),
        N_("let it begin later (in_force: from:), or say --takes-over to end that version the day before"),
        "in_force",
        id,
        since=stated.since.isoformat(),
        hash=first.hash[:12],
        first=span.since.isoformat(),
        last=span.until.isoformat() if span.until else "…",
    )


def _no_gap(rule: Rule, versions: list[Rule], approved: Approvals) -> None:
    """Versions follow each other day by day, save where a rule was retired in between."""
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
                N_("{value} has no version from {first} to {last}"),
                N_("let the version begin on {first}, or retire the rule first with yihui rules retire"),
                "in_force",
                rule.id,
                first=(last + timedelta(days=1)).isoformat(),
                last=(next_day - timedelta(days=1)).isoformat(),
            )
