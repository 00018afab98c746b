"""List all versions of all rules: shipped, folder, submitted, approved, ended; the examples; those that wait."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

import benefits
from benefits import RuleStop, RuleVersion
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules import AdaptationDefinition, RuleLibrary, Span
from rules.yaml.rule_text import parse_rule_document
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.rules.documents import RuleFile, find_tables, parse_rule_definition
from yihui.services.rules.in_force import (
    Approvals,
    StatedVersion,
    adaptations_in_force,
    library_in_force,
    load_approvals,
    stated_version,
)
from yihui.services.rules.rules import SHIPPED_RULES, RuleFileTexts, base_texts, shipped_file_names

VERSION_FAULTS = FaultTable(
    "rule_version",
    {
        "unknown_version": (N_("there is no version {value}"), N_("which there are: yihui rules versions")),
        "unknown_name": (
            N_("there is no rule, no version and no file {value}"),
            N_("name a file, a rule, or at least eight characters of a hash (yihui rules versions)"),
        ),
        "unknown_rule": (N_("there is no rule {value}"), N_("choose one of {expected}")),
        "none_today": (
            N_("no version of {value} is in force today"),
            N_("name the two versions to compare (yihui rules versions)"),
        ),
    },
)
SHIPPED, FOLDER, DATABASE = "shipped", "folder", "database"


@dataclass(frozen=True, slots=True)
class IndexedVersion:
    """One version and its state today; ``until`` is the day on which it actually ends."""

    rule: str
    title: str
    hash: str
    since: date
    until: date | None
    state: str  # submitted, rejected, coming, active, stopped, over, replaced, example
    origin: str
    text: str
    submitted_by: str | None = None
    decided_by: str | None = None
    stop: RuleStop | None = None
    held: int = 0


@dataclass(frozen=True, slots=True)
class VersionIndex:
    """All versions, with the data from which the state of each is computed."""

    base: RuleFileTexts
    library: RuleLibrary
    versions: tuple[RuleVersion, ...]
    stops: Mapping[str, RuleStop]
    held: Mapping[str, int]
    today: date
    adaptations: tuple[StatedVersion, ...]  # those in force, each until the day it actually ends

    def list_versions(self) -> list[IndexedVersion]:
        """Return all versions, by rule and first day; of an id without a version, the shipped examples."""
        texts, known = dict(self.base.texts), {version.hash for version in self.versions}
        ours = shipped_file_names()
        spans = {one.hash: one.definition.in_force for one in self.library.rules if not one.is_merged}
        spans |= {one.hash: one.in_force for one in self.adaptations}
        adapted = ((one, read_title(texts[one.file])) for one in self.adaptations if one.file in texts)
        every = [
            self._entry(one, title, texts[one.file], SHIPPED if one.file in ours else FOLDER, spans)
            for one, title in (*_list_stated(self.base), *adapted)
            if one.hash not in known
        ]
        for version in self.versions:
            stated, text = stated_version(version), version.submission.text
            is_approved = version.state == "approved"
            entry = self._entry(stated, read_title(text), text, DATABASE, spans if is_approved else {})
            every.append(
                replace(
                    entry,
                    state=entry.state if is_approved else version.state,
                    submitted_by=version.submitted_by,
                    decided_by=version.decided_by,
                )
            )
        taken = {entry.rule for entry in every if entry.state != "rejected"}
        shipped = base_texts((SHIPPED_RULES,))
        texts = dict(shipped.texts)
        every += [
            replace(self._entry(one, title, texts[one.file], SHIPPED, {}), state="example")
            for one, title in _list_stated(shipped)
            if one.id not in taken
        ]
        return sorted(every, key=lambda entry: (entry.rule, entry.since, entry.hash))

    def require(self, hash_: str) -> IndexedVersion:
        """Return a version by its hash. *Raises*: FaultError if there is none."""
        entry = next((one for one in self.list_versions() if one.hash == hash_), None)
        if entry is None:
            raise FaultError(VERSION_FAULTS.build("unknown_version", field="version", value=hash_[:12]))
        return entry

    def file_of(self, entry: IndexedVersion) -> RuleFile:
        """Return a version with its tables, under the name that it is loaded by once it is approved."""
        stored = {version.hash: version.submission.tables for version in self.versions}
        tables = stored[entry.hash] if entry.hash in stored else find_tables(entry.text, self.base.texts)
        return RuleFile(f"{entry.rule}@{entry.hash[:12]}", entry.text, tables)

    def _entry(
        self, stated: StatedVersion, title: str, text: str, origin: str, spans: Mapping[str, Span]
    ) -> IndexedVersion:
        """Return a version; ``spans`` are those of the versions in force, by hash."""
        span, base = spans.get(stated.hash), base_rule(stated.id)
        state = self._state(base, span)
        return IndexedVersion(
            stated.id,
            title or stated.id,
            stated.hash,
            stated.in_force.since,
            (span or stated.in_force).until,
            state,
            origin,
            text,
            stop=self.stops.get(base) if state == "stopped" else None,
            held=self.held.get(base, 0) if state == "stopped" else 0,
        )

    def _state(self, base: str, span: Span | None) -> str:
        if span is None:
            return "replaced"
        if span.until is not None and span.until < self.today:
            return "over"
        if span.since > self.today:
            return "coming"
        return "stopped" if base in self.stops else "active"


def _list_stated(base: RuleFileTexts) -> list[tuple[StatedVersion, str]]:
    """List the rules of files as their owners state them, with their titles."""
    rules = library_in_force(RuleFileTexts(base.texts), Approvals()).rules
    return [(StatedVersion.of_rule(rule), rule.definition.title) for rule in rules if not rule.is_merged]


def base_rule(rule_id: str) -> str:
    """Return the id of the rule; that of an adaptation names its owner too, and a stop of the rule stops both."""
    return rule_id.partition("@")[0]


def load_version_index(wiring: Wiring, connection: Connection) -> VersionIndex:
    """Return the index of all versions in this database and these folders. *Raises*: RuleFaults."""
    base = base_texts(wiring.settings.rules_in_force)
    approved = load_approvals(connection)
    return VersionIndex(
        base,
        library_in_force(base, approved),
        tuple(benefits.list_submitted_versions(connection)),
        benefits.read_rule_stops(connection),
        benefits.count_held_events(connection),
        civil_date(wiring.now()),
        tuple(adaptations_in_force(base, approved)),
    )


def list_versions(wiring: Wiring, rule: str | None = None) -> list[IndexedVersion]:
    """List all versions, or those of one rule. *Raises*: FaultError if the rule doesn't exist."""
    from yihui.services.members.unknown_ids import unknown_rule_fault

    with wiring.database.read() as connection:
        index = load_version_index(wiring, connection)
    found = [one for one in index.list_versions() if rule in (None, one.rule)]
    if rule is not None and not found:
        raise FaultError([unknown_rule_fault(index.library, rule, wiring.language)])
    return found


def list_missing_rules(wiring: Wiring) -> list[str]:
    """List the rules that the newest versions that are not retired rest on, and that are neither approved nor in a folder."""
    with wiring.database.read() as connection:
        approvals = load_approvals(connection)
    approved = approvals.versions
    today = civil_date(wiring.now())
    ended = {
        cut.rule_id: cut.number for cut in approvals.cuts if cut.kind == "retired" and cut.last_day < today
    }
    newest = {one.rule_id: one for one in sorted(approved, key=lambda one: one.number or 0)}
    wanted: set[str] = set()
    for version in newest.values():
        if ended.get(version.rule_id, 0) > (version.number or 0):
            continue
        stated = parse_rule_definition(version.submission.text, version.rule_id)
        if isinstance(stated, AdaptationDefinition):
            wanted.add(stated.adapts)
        else:
            wanted.update(name for dependency in stated.depends for name in dependency.rules)
    wanted -= {version.rule_id for version in approved}
    if wanted:
        wanted -= {one.id for one, _ in _list_stated(base_texts(wiring.settings.rules_in_force))}
    return sorted(wanted)


def read_title(text: str) -> str:
    """Return the title in a rule's text; empty if it states none, as an adaptation may."""
    value = parse_rule_document("", text).value
    return str(value.get("title") or "") if isinstance(value, dict) else ""


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits for a decision."""

    version: RuleVersion
    title: str


def list_waiting_versions(wiring: Wiring, actor: Actor) -> list[WaitingVersion]:
    """List the versions that wait for a decision whose owners' rules the officer may write, approve or audit."""
    with wiring.database.read() as connection:
        return [
            WaitingVersion(one, read_title(one.submission.text) or one.rule_id)
            for one in benefits.list_submitted_versions(connection, state="submitted")
            if _is_visible(wiring, connection, actor, one)
        ]


def _is_visible(wiring: Wiring, connection: Connection, actor: Actor, version: RuleVersion) -> bool:
    owners, day = (
        frozenset(owners_of_rule(wiring, connection, version.submission.text)),
        civil_date(wiring.now()),
    )
    return any(
        owners <= OfficerScope(subtrees(actor, right, day), day).find_covered(connection, owners)
        for right in (Right.WRITE_RULES, Right.APPROVE_RULES, Right.READ_AUDIT)
    )
