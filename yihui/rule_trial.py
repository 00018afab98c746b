"""A rule file beside all that is in force, before it is handed in: sound, without an overlap, without a gap."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from benefits import ActRefused, Cut
from rules import Finding, Library, Rule, RuleDefinition, RuleFaults, lint, load_library
from yihui.rule_paper import Paper, definition_of, no_table_twice
from yihui.rulebook import Texts, shipped_names
from yihui.rules_in_force import Amendment, Approvals, approved_texts, library_in_force

N_ = str  # marks a text for the message catalogue

_LAST = 1 << 62  # later than every act
_CAP = re.compile(r"(?m)^cap:")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is sound beside all that is in force. ``ends`` are the versions that it takes over from."""

    rule: Rule
    paper: Paper
    before: Rule | None
    ends: tuple[Rule, ...]
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
    stated = definition_of(paper.text, paper.name)
    ends = tuple(
        v for v in there.library.versions(stated.id) if v.definition.in_force.overlaps(stated.in_force)
    )
    if ends and not takes_over:
        raise _overlap(stated, ends)
    after = approved
    if ends:
        cut = Cut(stated.id, stated.in_force.since - timedelta(days=1), _LAST, "taken_over")
        after = Approvals(approved.versions, (*approved.cuts, cut))
    library, rule = _try(there.base, after, paper)
    versions = [rule if v.file == paper.name else v for v in library.versions(rule.id)]
    _no_gap(rule, versions, approved)
    earlier = [v for v in versions if v.definition.in_force.since < rule.definition.in_force.since]
    previous = max(ends, key=_since, default=None) or max(earlier, key=_since, default=None)
    return Candidate(rule, paper, previous, ends, _proven(there.base, paper, library), library)


def _since(rule: Rule) -> date:
    return rule.definition.in_force.since


def _try(base: Texts, after: Approvals, paper: Paper) -> tuple[Library, Rule]:
    """The library that would be, and the rule in it. *Raises*: RuleFaults."""
    trial = Trial(paper.name, Amendment(after, shipped_names()))
    library = load_library([*base.texts, *approved_texts(after), *paper.texts()], trial)
    assert trial.rule is not None, f"{paper.name} holds a rule that was not read"
    return library, trial.rule


def _proven(base: Texts, paper: Paper, library: Library) -> tuple[Finding, ...]:
    """What is only a warning about the file, of all that can be proven of it against the caps.

    *Raises*: RuleFaults for more than warnings.
    """
    beside = [(name, text) for name, text in base.texts if _CAP.search(text) or name.endswith(".json")]
    others = [rule.definition for rule in library.rules if rule.file != paper.name]
    found = lint([*beside, *paper.texts()], others=others)
    own = tuple(finding for finding in found if finding.file.startswith(paper.name))
    if any(finding.severity == "error" for finding in own):
        raise RuleFaults(own)
    return own


def _overlap(stated: RuleDefinition, ends: tuple[Rule, ...]) -> ActRefused:
    first = ends[0]
    span = first.definition.in_force
    return ActRefused(
        N_("{value} begins on {since}, while the version {hash} holds from {first} to {last}"),
        N_("let it begin later (in_force: from:), or say --takes-over to end that version the day before"),
        "in_force",
        stated.id,
        since=stated.in_force.since.isoformat(),
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
