"""The rules in force: those approved in the database, over those shipped and those of the folders.

A batch asks before it decides. What changed, in the database or in a folder, is taken as a whole or not at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

import benefits
from benefits import Cut, Version
from rules import (
    AdaptationDefinition,
    Finding,
    Library,
    Rule,
    RuleFaults,
    Span,
    adaptation_ended,
    content_hash,
    ended,
    lint,
    load_library,
)
from yihui.services.rule_documents import definition_of, paper_of
from yihui.services.rules import Texts, base_texts, rule_files, shipped_names

N_ = str  # marks a text for the message catalogue

_ADAPTS = re.compile(r"(?m)^adapts:")
Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Approvals:
    """What the database says of rules: approved versions, and until when others hold."""

    versions: tuple[Version, ...] = ()
    cuts: tuple[Cut, ...] = ()

    @property
    def names(self) -> Mapping[str, Version]:
        """The versions by the names under which their texts are loaded."""
        return {paper_of(version).name: version for version in self.versions}


def approvals(connection: Connection) -> Approvals:
    """What was approved and cut by now."""
    found = benefits.versions(connection, state="approved")
    return Approvals(tuple(found), tuple(benefits.cuts(connection)))


@dataclass(frozen=True, slots=True)
class Stated:
    """A version as its file says."""

    id: str
    hash: str
    file: str
    in_force: Span


@dataclass(slots=True)
class Amendment:
    """What the database makes of each rule that is read; collects what was altered behind its back."""

    approvals: Approvals
    shipped: frozenset[str]
    findings: list[Finding] = field(default_factory=list)

    def __call__(self, rule: Rule) -> Rule | None:
        last_day = self._last_day(Stated(rule.id, rule.hash, rule.file, rule.definition.in_force))
        return rule if last_day is None else ended(rule, last_day)

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        """The same for what a lower level makes of a rule, which is a version under an id of its own."""
        stated = Stated(adaptation.id, content_hash(adaptation), file, adaptation.in_force)
        last_day = self._last_day(stated)
        return adaptation if last_day is None else adaptation_ended(adaptation, last_day)

    def _last_day(self, stated: Stated) -> date | None:
        """Until when it holds; None: as long as its file says."""
        version = self.approvals.names.get(stated.file)
        if version is not None:
            if stated.hash != version.hash:
                self.findings.append(_altered_in_database(stated, version))
            return self._cut(stated, version.number or 0)
        if any(stated.hash == approved.hash for approved in self.approvals.versions):
            return date.min  # the very version that was approved
        if stated.file not in self.shipped:
            self.findings.extend(self._altered(stated))
            return self._cut(stated, 0, of_ours=False)
        last_day = self._cut(stated, 0)
        return date.min if self._is_taken(stated, last_day or date.max) else last_day

    def _cut(self, stated: Stated, number: int, *, of_ours: bool = True) -> date | None:
        cuts = (
            cut.last_day
            for cut in self.approvals.cuts
            if cut.rule_id == stated.id and cut.number > number and (of_ours or cut.kind == "retired")
        )
        return min(cuts, default=None)

    def _altered(self, stated: Stated) -> Iterator[Finding]:
        """A file that gives itself out for a version that was approved with another content."""
        for version in self.approvals.versions:
            same_days = version.submission.since == stated.in_force.since
            if version.rule_id == stated.id and same_days:
                yield _altered_file(stated, version)

    def _is_taken(self, stated: Stated, last_day: date) -> bool:
        """A release must not get in the way of what was approved here."""
        since, until = stated.in_force.since, min(last_day, stated.in_force.until or date.max)
        return any(
            version.rule_id == stated.id
            and version.submission.since <= until
            and (version.submission.until is None or since <= version.submission.until)
            for version in self.approvals.versions
        )


def _altered_in_database(rule: Stated, version: Version) -> Finding:
    return Finding(
        rule.file,
        1,
        1,
        "altered-version",
        N_("the approved version {hash} of {rule} was altered in the database: its content is now {found}"),
        N_("An approved version never changes: every decision names it by this hash."),
        N_("restore the database from a copy; a change is a new version"),
        {"hash": version.hash[:12], "rule": rule.id, "found": rule.hash[:12]},
    )


def _altered_file(rule: Stated, version: Version) -> Finding:
    return Finding(
        rule.file,
        1,
        1,
        "altered-version",
        N_("the file gives itself out for the version of {rule} from {since}, which was approved as {hash}"),
        N_("An approved version never changes: every decision names it by this hash."),
        N_("take the file out of the folder, and hand in a change with yihui rules submit"),
        {
            "rule": rule.id,
            "since": version.submission.since.isoformat(),
            "hash": version.hash[:12],
        },
        field="in_force",
    )


def adaptations_in_force(base: Texts, approved: Approvals) -> list[Stated]:
    """What lower levels make of rules, each until it really ends."""
    amendment = Amendment(approved, shipped_names())
    found = []
    for name, text in (*base.texts, *approved_texts(approved)):
        stated = definition_of(text, name) if _ADAPTS.search(text) else None
        if isinstance(stated, AdaptationDefinition):
            left = amendment.adaptation(stated, name)
            if left is not None:
                found.append(Stated(left.id, content_hash(stated), name, left.in_force))
    return found


def library_in_force(base: Texts, approved: Approvals) -> Library:
    """The library that files and approved versions make.

    *Raises*: RuleFaults with every finding.
    """
    amendment = Amendment(approved, shipped_names())
    texts = [*base.texts, *approved_texts(approved)]
    if base.findings:
        raise RuleFaults((*base.findings, *lint(texts, amendment, amend_adaptation=amendment.adaptation)))
    try:
        library = load_library(texts, amendment, amendment.adaptation)
    except RuleFaults as faults:
        raise RuleFaults((*amendment.findings, *faults.findings)) from faults
    if amendment.findings:
        raise RuleFaults(amendment.findings)
    return library


def approved_texts(approved: Approvals) -> Iterator[tuple[str, str]]:
    """The texts of approved versions and of their tables."""
    for version in approved.versions:
        yield from paper_of(version).texts()


@dataclass(slots=True)
class Shelf:
    """What was loaded last, and from what; ``tried`` is what was last looked at, sound or not."""

    base: Texts
    library: Library
    epoch: int
    tried: tuple[int, Signature]


@dataclass(slots=True)
class Rulebook:
    """The library in force in a transaction; loaded again only where something changed.

    ``tell`` hears once of each change that can't be taken; the rules in force then stay as they are.
    """

    folders: Sequence[Path]
    tell: Callable[[Exception], None]
    _shelf: Shelf | None = None
    _lock: Lock = field(default_factory=Lock)

    def for_batch(self, connection: Connection) -> Library:
        """The library in force until this transaction ends: nobody changes it meanwhile.

        *Raises*: RuleFaults, OSError where there is none yet.
        """
        benefits.enter(connection)
        return self.in_force(connection)

    def in_force(self, connection: Connection) -> Library:
        """The library in force as a reader sees it. *Raises*: as ``for_batch``."""
        with self._lock:
            epoch, signature = benefits.epoch(connection), signature_of(self.folders)
            if self._shelf is None or self._shelf.tried != (epoch, signature):
                approved = approvals(connection)
                self._shelf = self._loaded(epoch, signature, approved)
            return self._shelf.library

    def _loaded(self, epoch: int, signature: Signature, approved: Approvals) -> Shelf:
        try:
            base = base_texts(self.folders)
            library = library_in_force(base, approved)
        except (RuleFaults, OSError) as fault:
            if self._shelf is None:
                raise
            self.tell(fault)
            return self._kept(self._shelf, epoch, signature, approved)
        return Shelf(base, library, epoch, (epoch, signature))

    def _kept(self, shelf: Shelf, epoch: int, signature: Signature, approved: Approvals) -> Shelf:
        """The files as they were when they were last sound, with what was approved since."""
        tried = (epoch, signature)
        if epoch == shelf.epoch:
            return Shelf(shelf.base, shelf.library, epoch, tried)
        try:
            return Shelf(shelf.base, library_in_force(shelf.base, approved), epoch, tried)
        except RuleFaults as fault:
            self.tell(fault)
            return Shelf(shelf.base, shelf.library, shelf.epoch, tried)


def signature_of(folders: Sequence[Path]) -> Signature:
    """Changes whenever a file in the folders is written, added or taken away; an unreadable folder has none."""
    found = []
    for folder in folders:
        try:
            for path in rule_files(folder):
                state = path.stat()
                found.append((str(path), state.st_mtime_ns, state.st_size))
        except OSError as error:
            found.append((f"{folder}: {error.strerror}", 0, 0))
    return tuple(found)
