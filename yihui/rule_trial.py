"""A rule file beside all that is in force, before it is handed in: sound, without an overlap, without a gap."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from benefits import ActRefused, Cut
from rules import Finding, Library, Rule, RuleFaults, lint, load_library
from yihui.rulebook import Texts, shipped_names
from yihui.rules_in_force import Amendment, Approvals, library_in_force

N_ = str  # marks a text for the message catalogue

_LAST = 1 << 62  # later than every act


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is sound beside all that is in force. ``ends`` are the versions that it takes over from."""

    rule: Rule
    text: str
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


def examine(base: Texts, approved: Approvals, text: tuple[str, str], *, takes_over: bool) -> Candidate:
    """A text beside all that is in force: sound by itself, without an overlap and without a gap.

    *Raises*: RuleFaults with every finding about it, ActRefused for an overlap or a gap.
    """
    name = text[0]
    there = Texts([pair for pair in base.texts if pair[0] != name], base.findings)
    before = library_in_force(there, approved)
    rule = _read(there, approved, text)
    ends = tuple(
        v for v in before.versions(rule.id) if v.definition.in_force.overlaps(rule.definition.in_force)
    )
    if ends and not takes_over:
        raise _overlap(rule, ends)
    after = approved
    if ends:
        cut = Cut(rule.id, rule.definition.in_force.since - timedelta(days=1), _LAST, "taken_over")
        after = Approvals(approved.versions, (*approved.cuts, cut))
    library, findings = _try(there, after, text)
    versions = [rule if v.file == name else v for v in library.versions(rule.id)]
    _no_gap(rule, versions, approved)
    earlier = [v for v in versions if v.definition.in_force.since < rule.definition.in_force.since]
    previous = max(ends, key=_since, default=None) or max(earlier, key=_since, default=None)
    return Candidate(rule, text[1], previous, ends, findings, library)


def _since(rule: Rule) -> date:
    return rule.definition.in_force.since


def _read(base: Texts, approved: Approvals, text: tuple[str, str]) -> Rule:
    """The rule in a text, whatever stands beside it. *Raises*: RuleFaults."""
    trial = Trial(text[0], Amendment(approved, shipped_names()))
    findings = lint([*base.texts, *_approved_texts(approved), text], trial)
    if trial.rule is None:
        raise RuleFaults([finding for finding in findings if finding.file == text[0]])
    return trial.rule


def _try(base: Texts, after: Approvals, text: tuple[str, str]) -> tuple[Library, tuple[Finding, ...]]:
    """The library that would be, and what is only a warning about the text. *Raises*: RuleFaults."""
    trial = Trial(text[0], Amendment(after, shipped_names()))
    texts = [*base.texts, *_approved_texts(after), text]
    library = load_library(texts, trial)
    return library, tuple(finding for finding in library.warnings if finding.file == text[0])


def _approved_texts(approved: Approvals) -> Iterator[tuple[str, str]]:
    return ((name, version.submission.text) for name, version in approved.names.items())


def _overlap(rule: Rule, ends: tuple[Rule, ...]) -> ActRefused:
    first = ends[0]
    span = first.definition.in_force
    return ActRefused(
        N_("{value} begins on {since}, while the version {hash} holds from {first} to {last}"),
        N_("let it begin later (in_force: from:), or say --takes-over to end that version the day before"),
        "in_force",
        rule.id,
        since=_since(rule).isoformat(),
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
