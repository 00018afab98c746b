"""Load the rules in force: versions approved in the database, then rules of the folders.

A batch loads them before it decides. A change in the database or in a folder is applied as a whole or
not at all.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

from pydantic import ValidationError
from sqlalchemy import Connection

import benefits
from benefits import RuleCutoff, RuleVersion
from core.faults import Fault
from core.text_marks import N_
from rules import (
    AdaptationDefinition,
    Amendments,
    Rule,
    RuleFaults,
    RuleLibrary,
    Span,
    content_hash,
    end_adaptation_on,
    end_rule_on,
    lint_rule_files,
    load_library,
)
from rules.faults import rule_fault_table
from rules.yaml.rule_text import parse_rule_document
from yihui.services.rules.documents import parse_rule_definition, rule_file_of_version
from yihui.services.rules.rules import RuleFileTexts, base_texts, list_rule_paths, shipped_file_names

_ADAPTS = re.compile(r"(?m)^adapts:")
_NEVER_CHANGES = N_("An approved version never changes: every decision names it by this hash.")
_FAULTS = rule_fault_table(
    {
        "altered-version": (
            N_(
                "the approved version {hash} of {rule} was altered in the database: its content is now {found}"
            ),
            N_("restore the database from a copy; a change is a new version"),
            _NEVER_CHANGES,
        ),
        "altered-version.file": (
            N_(
                "the file gives itself out for the version of {rule} from {since}, which was approved as {hash}"
            ),
            N_("take the file out of the folder, and hand in a change with yihui rules submit"),
            _NEVER_CHANGES,
        ),
    }
)
FoldersSignature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Approvals:
    """The database's decisions on rules: approved versions, and cuts that end other versions early."""

    versions: tuple[RuleVersion, ...] = ()
    cuts: tuple[RuleCutoff, ...] = ()

    @property
    def versions_by_name(self) -> Mapping[str, RuleVersion]:
        """The versions by the names under which their texts are loaded."""
        return {rule_file_of_version(version).name: version for version in self.versions}


def load_approvals(connection: Connection) -> Approvals:
    """Return the versions approved and the cuts recorded so far."""
    found = benefits.list_submitted_versions(connection, state="approved")
    return Approvals(tuple(found), tuple(benefits.list_rule_cutoffs(connection)))


@dataclass(frozen=True, slots=True)
class StatedVersion:
    """A version as its file states it."""

    id: str
    hash: str
    file: str
    in_force: Span

    @classmethod
    def of_rule(cls, rule: Rule) -> "StatedVersion":
        """Return a rule as its file states it."""
        return cls(rule.id, rule.hash, rule.file, rule.definition.in_force)


def stated_version(version: RuleVersion) -> StatedVersion:
    """Return a submitted version as its text states it."""
    # Not validated: a forged row may end before it begins, and verification names it.
    span = Span.model_construct(since=version.submission.since, until=version.submission.until)
    return StatedVersion(version.rule_id, version.hash, rule_file_of_version(version).name, span)


@dataclass(slots=True)
class Amendment(Amendments):
    """Apply the database's approvals and cuts to each rule that is read; collect faults of altered versions."""

    approvals: Approvals
    shipped: frozenset[str]
    faults: list[Fault] = field(default_factory=list)

    def rule(self, rule: Rule) -> Rule | None:
        last_day = self._last_day(StatedVersion.of_rule(rule))
        return rule if last_day is None else end_rule_on(rule, last_day)

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        """Apply the same to an adaptation, which is a version with an id of its own."""
        stated = StatedVersion(adaptation.id, content_hash(adaptation), file, adaptation.in_force)
        last_day = self._last_day(stated)
        return adaptation if last_day is None else end_adaptation_on(adaptation, last_day)

    def _last_day(self, stated: StatedVersion) -> date | None:
        """Return the last day of a version, or None if its file's own end applies."""
        version = self.approvals.versions_by_name.get(stated.file)
        if version is not None:
            if stated.hash != version.hash:
                self.faults.append(_build_altered_fault(stated, version, "altered-version"))
            return self._cut(stated, version.number or 0)
        if any(stated.hash == approved.hash for approved in self.approvals.versions):
            return date.min  # the approved version is loaded from the database instead
        if stated.file not in self.shipped:
            self.faults.extend(
                _build_altered_fault(stated, version, "altered-version.file", "in_force")
                for version in self.approvals.versions
                if version.rule_id == stated.id and version.submission.since == stated.in_force.since
            )
            return self._cut(stated, 0, of_ours=False)
        last_day = self._cut(stated, 0)
        return date.min if self._is_taken(stated, last_day or date.max) else last_day

    def _cut(self, stated: StatedVersion, number: int, *, of_ours: bool = True) -> date | None:
        cuts = (
            cut.last_day
            for cut in self.approvals.cuts
            if cut.rule_id == stated.id and cut.number > number and (of_ours or cut.kind == "retired")
        )
        return min(cuts, default=None)

    def _is_taken(self, stated: StatedVersion, last_day: date) -> bool:
        """Return whether an approved version covers its days: a release must not override local approvals."""
        span = stated.in_force.ending_on(last_day)
        return span is not None and any(
            version.rule_id == stated.id and stated_version(version).in_force.overlaps(span)
            for version in self.approvals.versions
        )


def _build_altered_fault(
    stated: StatedVersion, version: RuleVersion, code: str, field: str | None = None
) -> Fault:
    """Build the fault of content that claims to be an approved version."""
    return _FAULTS.build(
        code,
        file=stated.file,
        row=1,
        column=1,
        field=field,
        rule=stated.id,
        hash=version.hash[:12],
        found=stated.hash[:12],
        since=version.submission.since,
    )


def adaptations_in_force(base: RuleFileTexts, approved: Approvals) -> list[StatedVersion]:
    """Return the adaptations that lower levels made, each until the day it actually ends."""
    amendment = Amendment(approved, shipped_file_names())
    found = []
    for name, text in (*base.texts, *approved_texts(approved)):
        stated = parse_rule_definition(text, name) if _ADAPTS.search(text) else None
        if isinstance(stated, AdaptationDefinition):
            left = amendment.adaptation(stated, name)
            if left is not None:
                found.append(StatedVersion(left.id, content_hash(stated), name, left.in_force))
    return found


def library_in_force(base: RuleFileTexts, approved: Approvals) -> RuleLibrary:
    """Return the library of the files and the approved versions.

    *Raises*: RuleFaults with every fault.
    """
    shipped = shipped_file_names()
    if base.faults:
        texts = (*base.texts, *approved_texts(approved))
        raise RuleFaults((*base.faults, *lint_rule_files(texts, Amendment(approved, shipped))))
    return _load_in_force(tuple(base.texts), approved, shipped)


@lru_cache(maxsize=4)  # a library never changes, and pages and commands ask again for the same
def _load_in_force(
    base: tuple[tuple[str, str], ...], approved: Approvals, shipped: frozenset[str]
) -> RuleLibrary:
    amendment = Amendment(approved, shipped)
    try:
        library = load_library((*base, *approved_texts(approved)), amendment)
    except RuleFaults as error:
        raise RuleFaults((*amendment.faults, *error.faults)) from error
    if amendment.faults:
        raise RuleFaults(amendment.faults)
    return library


def approved_texts(approved: Approvals) -> Iterator[tuple[str, str]]:
    """Yield the texts of approved versions and of their tables."""
    for version in approved.versions:
        yield from rule_file_of_version(version).texts()


@dataclass(slots=True)
class LoadedLibrary:
    """The library that was loaded last, and its sources; ``tried`` is the last attempt, valid or not."""

    base: RuleFileTexts
    library: RuleLibrary
    epoch: int
    tried: tuple[int, FoldersSignature]


@dataclass(slots=True)
class Rulebook:
    """The library in force in a transaction. It is reloaded only if something changed.

    ``on_fault`` is called once for each change that can't be applied; the rules in force then stay as they
    are.
    """

    folders: Sequence[Path]
    on_fault: Callable[[Exception], None]
    _shelf: LoadedLibrary | None = None
    _lock: Lock = field(default_factory=Lock)

    def for_batch(self, connection: Connection) -> RuleLibrary:
        """Return the library in force, locked against changes until this transaction ends.

        *Raises*: RuleFaults, OSError if no library was loaded yet.
        """
        benefits.lock_rulebook_shared(connection)
        return self.in_force(connection)

    def in_force(self, connection: Connection) -> RuleLibrary:
        """Return the library in force for a reader. *Raises*: as ``for_batch``."""
        with self._lock:
            epoch, signature = benefits.read_rulebook_epoch(connection), folders_signature(self.folders)
            if self._shelf is None or self._shelf.tried != (epoch, signature):
                approved = load_approvals(connection)
                self._shelf = self._load(epoch, signature, approved)
            return self._shelf.library

    def _load(self, epoch: int, signature: FoldersSignature, approved: Approvals) -> LoadedLibrary:
        try:
            base = base_texts(self.folders)
            library = library_in_force(base, approved)
        except (RuleFaults, OSError) as fault:
            if self._shelf is None:
                raise
            self.on_fault(fault)
            return self._reuse_files(self._shelf, epoch, signature, approved)
        return LoadedLibrary(base, library, epoch, (epoch, signature))

    def _reuse_files(
        self, shelf: LoadedLibrary, epoch: int, signature: FoldersSignature, approved: Approvals
    ) -> LoadedLibrary:
        """Return the last valid files with the versions approved since."""
        tried = (epoch, signature)
        if epoch == shelf.epoch:
            return LoadedLibrary(shelf.base, shelf.library, epoch, tried)
        try:
            return LoadedLibrary(shelf.base, library_in_force(shelf.base, approved), epoch, tried)
        except RuleFaults as fault:
            self.on_fault(fault)
            return LoadedLibrary(shelf.base, shelf.library, shelf.epoch, tried)


def folders_signature(folders: Sequence[Path]) -> FoldersSignature:
    """Return a value that changes when a file in the folders changes. An unreadable folder counts by its
    error.
    """
    found = []
    for folder in folders:
        try:
            for path in list_rule_paths(folder):
                state = path.stat()
                found.append((str(path), state.st_mtime_ns, state.st_size))
        except OSError as error:
            found.append((f"{folder}: {error.strerror}", 0, 0))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class DraftAmendment(Amendments):
    """Amend rules as the database does, but leave drafts unchanged and remove what they replace.

    A draft replaces the rules in force that have its id on its days.
    """

    names: Collection[str]
    spans: Sequence[tuple[str, Span]]
    amend: Amendment

    @classmethod
    def of_texts(cls, texts: Sequence[tuple[str, str]], amend: Amendment) -> "DraftAmendment":
        """Return the amendment beside drafts with these names and texts."""
        spans = [stated for name, text in texts if (stated := _read_id_and_days(name, text)) is not None]
        return cls({name for name, _ in texts}, spans, amend)

    def rule(self, rule: Rule) -> Rule | None:
        if rule.file in self.names:
            return rule
        left = self.amend.rule(rule)
        if left is None:
            return None
        return None if self._is_replaced(rule.id, left.definition.in_force) else left

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        if file in self.names:
            return adaptation
        left = self.amend.adaptation(adaptation, file)
        return None if left is None or self._is_replaced(left.id, left.in_force) else left

    def _is_replaced(self, id: str, span: Span) -> bool:
        return any(draft == id and other.overlaps(span) for draft, other in self.spans)


def _read_id_and_days(name: str, text: str) -> tuple[str, Span] | None:
    """Return the id and days of a rule or adaptation, or None for other files and those the loader will
    refuse.
    """
    value = parse_rule_document(name, text).value
    if not isinstance(value, dict) or not ("id" in value or "adapts" in value):
        return None
    id = f"{value['adapts']}@{value.get('owner')}" if "adapts" in value else str(value["id"])
    try:
        return id, Span.model_validate(value.get("in_force"))
    except ValidationError:
        return None
