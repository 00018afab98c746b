"""Rules for the officers' pages: one version in words, with what it changes; a text that is checked or submitted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from benefits import Officer
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from rules import MAX_RULE_FILE_CHARACTERS, Rule, RuleFaults, RuleLibrary, load_library
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.authorisation import authorise
from yihui.services.rules.ceilings import find_missing_ceilings, list_limited_budgets
from yihui.services.rules.differences import VersionDifference, compare_rule_files
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.drafts import read_owner
from yihui.services.rules.life import EndedVersions, RuleService, SubmissionResult, find_ended_versions
from yihui.services.rules.rules import RuleFileTexts, base_texts
from yihui.services.rules.versions import IndexedVersion, base_rule, load_version_index

_STATES_CAP = re.compile(r"(?m)^cap:")
RULE_CHECK_FAULTS = FaultTable(
    "rule_check",
    {
        "too_long": (
            N_("the text has {count} characters; a rule has at most {most}"),
            N_("one text holds one rule, its table at most 200 rows: split it"),
        ),
        "empty": (N_("the text is empty"), N_("begin with a template, or paste the rule here")),
    },
)


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A version of a rule. ``rule`` is None for one that is understood only with others, such as an adaptation.

    ``before`` is the version that holds in its place today, and ``differences`` what this one changes.
    ``library`` holds the rule alone, beside the caps. ``warnings`` are what its approval puts up with, and
    ``ended`` tells what becomes of applications under way.
    """

    entry: IndexedVersion
    owner: str
    rule: Rule | None
    before: IndexedVersion | None
    differences: list[VersionDifference]
    library: RuleLibrary | None = None
    warnings: Sequence[Fault] = ()
    ended: EndedVersions | None = None


def load_version_file(wiring: Wiring, hash_: str) -> VersionFile:
    """Load a version by its hash. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        index, limited = load_version_index(wiring, connection), list_limited_budgets(connection)
        entry = index.require(hash_)
        earlier = [
            one
            for one in index.list_versions()
            if one.rule == entry.rule
            and one.hash != hash_
            and one.since <= entry.since
            and one.state in ("active", "stopped", "coming", "over")
        ]
        before, last = earlier[-1] if earlier else None, entry.since - timedelta(days=1)
        ended = find_ended_versions(connection, index.library, entry.rule, last) if before else None
    file = index.file_of(entry)
    differences = compare_rule_files(index.file_of(before), file) if before else []
    library = _load_library(index.base, file)
    rule = next((one for one in library.rules if not one.is_merged), None) if library else None
    costing = rule or next(iter(index.library.versions(base_rule(entry.rule))), None)
    warnings = find_missing_ceilings(costing, limited, file.name) if costing else []
    return VersionFile(entry, read_owner(entry.text), rule, before, differences, library, warnings, ended)


def load_draft_rule(wiring: Wiring, file: RuleFile) -> Rule | None:
    """Return the rule of a text that may have faults; None if it can't be read alone."""
    library = _load_library(base_texts(wiring.settings.rules_in_force), file)
    return next((one for one in library.rules if not one.is_merged), None) if library else None


def _load_library(base: RuleFileTexts, file: RuleFile) -> RuleLibrary | None:
    """Load one rule beside the caps, which it may name; None for one that is understood only with others."""
    caps = [(name, text) for name, text in base.texts if _STATES_CAP.search(text)]
    try:
        return load_library([*file.texts(), *caps])
    except RuleFaults:
        return None


def submit_version(wiring: Wiring, actor: Actor, file: RuleFile, *, takes_over: bool) -> SubmissionResult:
    """Submit a version for an officer who may write rules of its owner, and of the owner of what it takes over.

    The right is asked for the very text that is submitted. *Raises*: RuleFaults with every finding; FaultError if the owner is not the officer's.
    """

    def check_owner(connection: Connection, officer: Officer) -> None:
        for owner in owners_of_rule(wiring, connection, file.text):
            authorise(wiring, connection, actor, Right.WRITE_RULES, owner)

    return RuleService(wiring).submit_file(file, actor.id, takes_over=takes_over, also=check_owner)


def list_cap_titles(wiring: Wiring) -> list[tuple[str, str]]:
    """List the caps that a rule may name: their names and titles."""
    with wiring.database.read() as connection:
        caps = wiring.rulebook.in_force(connection).caps
    return [(name, cap.title) for name, cap in caps.items()]


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """The result of checking a text; ``rule`` is None if the text can't be read."""

    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    rule: Rule | None = None


def check_rule_text(wiring: Wiring, file: RuleFile, *, takes_over: bool) -> RuleCheck:
    """Check a text as a submission would be checked, and store nothing.

    A text with faults has its rule, too, if it can be read alone.
    """
    if fault := _length_fault(file):
        return RuleCheck([fault])
    found = _examine(wiring, file, takes_over=takes_over)
    if not found.faults or takes_over:
        return found
    # That it overlaps the version before is found first, and would hide what the linter finds.
    beside = _examine(wiring, file, takes_over=True)
    more = [fault for fault in beside.faults if fault not in found.faults]
    return RuleCheck([*found.faults, *more], beside.warnings, beside.rule)


def _examine(wiring: Wiring, file: RuleFile, *, takes_over: bool) -> RuleCheck:
    try:
        candidate = RuleService(wiring).examine_file(file, takes_over=takes_over).candidate
    except FaultError as error:
        return RuleCheck(error.faults, rule=load_draft_rule(wiring, file))
    return RuleCheck((), candidate.warnings, candidate.rule)


def _length_fault(file: RuleFile) -> Fault | None:
    if not file.text.strip():
        return RULE_CHECK_FAULTS.build("empty", field="text")
    longest = max(len(text) for _, text in file.texts())
    if longest <= MAX_RULE_FILE_CHARACTERS:
        return None
    return RULE_CHECK_FAULTS.build("too_long", field="text", count=longest, most=MAX_RULE_FILE_CHARACTERS)
