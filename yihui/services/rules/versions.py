"""List all versions of all rules: shipped, folder, submitted, approved, ended; and the examples not in force."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

import benefits
from benefits import RuleStop, RuleVersion
from core.civil_time import civil_date
from rules import AdaptationDefinition, Rule, RuleLibrary, Span
from rules.yaml.rule_text import parse_rule_document
from yihui.bootstrap import Wiring
from yihui.services.rules.documents import list_table_names, parse_rule_definition
from yihui.services.rules.in_force import (
    StatedVersion,
    adaptations_in_force,
    library_in_force,
    library_of_files,
    load_approvals,
)
from yihui.services.rules.rules import SHIPPED_RULES, RuleFileTexts, base_texts, shipped_file_names

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
    decided_at: datetime | None = None
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
        every = [*self._of_files(), *self._of_database()]
        every += _list_examples({entry.rule for entry in every if entry.state != "rejected"})
        return sorted(every, key=lambda entry: (entry.rule, entry.since, entry.hash))

    def tables_of(self, entry: IndexedVersion) -> Mapping[str, str]:
        """Return the tables of a version, by the names in its text."""
        approved = {version.hash: version.submission.tables for version in self.versions}
        if entry.hash in approved:
            return approved[entry.hash]
        named = list_table_names(entry.text)
        return {
            own: text for own in named for name, text in self.base.texts if f"/{name}".endswith(f"/{own}")
        }

    def _of_files(self) -> Iterator[IndexedVersion]:
        shipped = shipped_file_names()
        known = {version.hash for version in self.versions}
        in_force = {rule.hash: rule for rule in self.library.rules if not rule.is_merged}
        texts = dict(self.base.texts)
        for rule in library_of_files(tuple(self.base.texts)).rules:
            if rule.hash not in known and not rule.is_merged:
                origin = SHIPPED if rule.file in shipped else FOLDER
                yield self._entry(rule, in_force.get(rule.hash), origin, texts[rule.file])
        for adapted in self.adaptations:
            if adapted.hash not in known and adapted.file in texts:
                origin = SHIPPED if adapted.file in shipped else FOLDER
                yield self._adaptation_entry(adapted, origin, texts[adapted.file])

    def _of_database(self) -> Iterator[IndexedVersion]:
        in_force = {rule.hash: rule for rule in self.library.rules if not rule.is_merged}
        for version in self.versions:
            handed_in = version.submission
            adapted = {one.hash: one.in_force for one in self.adaptations}
            title = read_title(handed_in.text) or version.rule_id
            rule = in_force.get(version.hash)
            span = rule.definition.in_force if rule else adapted.get(version.hash)
            state = version.state if version.state != "approved" else self._state(version.rule_id, span)
            yield IndexedVersion(
                version.rule_id,
                title,
                version.hash,
                handed_in.since,
                span.until if span else handed_in.until,
                state,
                DATABASE,
                handed_in.text,
                version.submitted_by,
                version.decided_by,
                version.decided_at,
                self.stops.get(_stop_key(version.rule_id)) if state == "stopped" else None,
                self.held.get(_stop_key(version.rule_id), 0) if state == "stopped" else 0,
            )

    def _entry(self, written: Rule, rule: Rule | None, origin: str, text: str) -> IndexedVersion:
        span = (rule or written).definition.in_force
        state = self._state(written.id, rule.definition.in_force if rule else None)
        return IndexedVersion(
            written.id,
            written.definition.title,
            written.hash,
            span.since,
            span.until,
            state,
            origin,
            text,
            stop=self.stops.get(written.id) if state == "stopped" else None,
            held=self.held.get(written.id, 0) if state == "stopped" else 0,
        )

    def _adaptation_entry(self, adapted: StatedVersion, origin: str, text: str) -> IndexedVersion:
        span, title = adapted.in_force, read_title(text) or adapted.id
        state, stop_key = self._state(adapted.id, span), _stop_key(adapted.id)
        is_stopped = state == "stopped"
        return IndexedVersion(
            adapted.id,
            title,
            adapted.hash,
            span.since,
            span.until,
            state,
            origin,
            text,
            stop=self.stops.get(stop_key) if is_stopped else None,
            held=self.held.get(stop_key, 0) if is_stopped else 0,
        )

    def _state(self, rule_id: str, span: Span | None) -> str:
        if span is None:
            return "replaced"
        if span.until is not None and span.until < self.today:
            return "over"
        if span.since > self.today:
            return "coming"
        return "stopped" if _stop_key(rule_id) in self.stops else "active"


def _list_examples(taken: Collection[str]) -> list[IndexedVersion]:
    """List the shipped examples that are not in force: models for ``rules draft``."""
    texts = base_texts((SHIPPED_RULES,)).texts
    text_of = dict(texts)
    return [
        IndexedVersion(
            rule.id,
            rule.definition.title,
            rule.hash,
            rule.definition.in_force.since,
            rule.definition.in_force.until,
            "example",
            SHIPPED,
            text_of[rule.file],
        )
        for rule in library_of_files(tuple(texts)).rules
        if rule.id not in taken and not rule.is_merged
    ]


def _stop_key(rule_id: str) -> str:
    """Return the id of the base rule: a stop of a rule also stops all its adaptations."""
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


def list_missing_rules(wiring: Wiring) -> list[str]:
    """List the rules that the newest versions that are not retired rest on, and that are neither approved nor in a folder."""
    with wiring.database.read() as connection:
        approvals = load_approvals(connection)
    approved = approvals.versions
    today = civil_date(wiring.now())
    ended = {
        cut.rule_id: cut.number for cut in approvals.cuts if cut.kind == "retired" and cut.last_day < today
    }
    known = {version.rule_id for version in approved}
    known |= {
        rule.id for rule in library_of_files(tuple(base_texts(wiring.settings.rules_in_force).texts)).rules
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
    return sorted(wanted - known)


def read_title(text: str) -> str:
    """Return the title in a rule's text; empty if it states none, as an adaptation may."""
    value = parse_rule_document("", text).value
    return str(value.get("title", "")) if isinstance(value, dict) else ""
