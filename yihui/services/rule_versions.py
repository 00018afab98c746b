"""List all versions of all rules (shipped, folder, submitted, approved, ended) and compare versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

import benefits
from benefits import ActRefused, RuleStop, RuleVersion
from core.civil_time import civil_date
from core.faults import FaultTable
from core.text_marks import N_
from rules import Rule, RuleLibrary, Span, load_library
from rules.yaml.rule_text import parse_rule_document
from yihui.bootstrap import Wiring
from yihui.services.rule_documents import (
    RuleFile,
    list_table_names,
    parse_rule_definition,
    read_rule_file,
)
from yihui.services.rules import RuleFileTexts, base_texts, shipped_file_names
from yihui.services.rules_in_force import adaptations_in_force, library_in_force, load_approvals

VERSION_INDEX_FAULTS = FaultTable(
    "rule_version",
    {
        "unknown_name": (
            N_("there is no version {value}"),
            N_("name a file, a rule, or at least eight characters of a hash (yihui rules versions)"),
        ),
    },
)


class _Column(BaseModel):
    id: str
    name: str = ""


class _Content(BaseModel):
    inputs: tuple[_Column, ...] = ()
    outputs: tuple[_Column, ...] = ()
    rules: tuple[dict[str, str], ...] = ()


class _Node(BaseModel):
    content: _Content | None = None


class _Table(BaseModel):
    nodes: tuple[_Node, ...]


def decision_table_rows(text: str) -> Iterator[str]:
    """Yield each row's cells by column name. Yield nothing for an invalid table; lint reports that."""
    try:
        table = _Table.model_validate_json(text)
    except ValidationError:
        return
    for content in (node.content for node in table.nodes if node.content):
        columns = [*content.inputs, *content.outputs]
        for row in content.rules:
            yield "; ".join(f"{c.name or c.id} {row[c.id]}" for c in columns if row.get(c.id))


SHIPPED, FOLDER, DATABASE = "shipped", "folder", "database"


@dataclass(frozen=True, slots=True)
class IndexedVersion:
    """One version and its state today; ``until`` is the day on which it actually ends."""

    rule: str
    title: str
    hash: str
    since: date
    until: date | None
    state: str  # submitted, rejected, coming, active, stopped, over, replaced
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
    adaptation_spans: Mapping[str, Span]  # spans of adaptations in force, by hash

    def list_versions(self) -> list[IndexedVersion]:
        """Return all versions, by rule and first day."""
        every = [*self._of_files(), *self._of_database()]
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
        for rule in load_library(self.base.texts).rules:
            if rule.hash not in known and not rule.is_merged:
                origin = SHIPPED if rule.file in shipped else FOLDER
                yield self._entry(rule, in_force.get(rule.hash), origin, texts[rule.file])

    def _of_database(self) -> Iterator[IndexedVersion]:
        in_force = {rule.hash: rule for rule in self.library.rules if not rule.is_merged}
        for version in self.versions:
            handed_in = version.submission
            adapted = self.adaptation_spans
            title = str(_value(handed_in.text).get("title", version.rule_id))
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

    def _state(self, rule_id: str, span: Span | None) -> str:
        if span is None:
            return "replaced"
        if span.until is not None and span.until < self.today:
            return "over"
        if span.since > self.today:
            return "coming"
        return "stopped" if _stop_key(rule_id) in self.stops else "active"


def _stop_key(rule_id: str) -> str:
    """Return the id of the base rule: a stop of a rule also stops all its adaptations."""
    return rule_id.partition("@")[0]


def load_version_index(wiring: Wiring, connection: Connection) -> VersionIndex:
    """Return the index of all versions in this database and these folders. *Raises*: RuleFaults."""
    base = base_texts(wiring.settings.rules)
    approved = load_approvals(connection)
    return VersionIndex(
        base,
        library_in_force(base, approved),
        tuple(benefits.list_submitted_versions(connection)),
        benefits.read_rule_stops(connection),
        benefits.count_held_events(connection),
        civil_date(wiring.now()),
        {one.hash: one.in_force for one in adaptations_in_force(base, approved)},
    )


def find_version_file(shelf_: VersionIndex, named: str) -> RuleFile:
    """Return a version with its tables: by file name, by hash (or its beginning), or the newest of a rule's id.

    *Raises*: ActRefused, FaultError, RuleFaults, OSError.
    """
    if Path(named).is_file():
        return read_rule_file(Path(named))
    entries = shelf_.list_versions()
    by_hash = [e for e in entries if e.hash.startswith(named)] if len(named) >= 8 else []
    by_rule = [e for e in entries if e.rule == named and e.state != "rejected"]
    found = by_hash[:1] if len(by_hash) == 1 else by_rule[-1:]
    if not found:
        raise ActRefused(VERSION_INDEX_FAULTS.build("unknown_name", field="version", value=named))
    name = f"{found[0].rule}@{found[0].hash[:12]}"
    return RuleFile(name, found[0].text, shelf_.tables_of(found[0]))


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """One key whose value differs between two versions. A value is None if the version lacks the key."""

    field: str
    before: str | None
    after: str | None


def compare_rule_files(before: RuleFile, after: RuleFile) -> list[VersionDifference]:
    """Return every key and every table row that differs, in the order of the file. *Raises*: RuleFaults."""
    old, new = dict(_keys(before)), dict(_keys(after))
    return [
        VersionDifference(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _keys(paper: RuleFile) -> Iterator[tuple[str, str]]:
    definition = parse_rule_definition(paper.text, paper.name)
    yield from _flat(definition.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    rows = [row for table in paper.tables.values() for row in decision_table_rows(table)]
    yield from ((f"table.rows[{number}]", row) for number, row in enumerate(rows, 1))


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path}[{number}]")
    else:
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(text: str) -> Mapping[str, object]:
    value = parse_rule_document("", text).value
    return value if isinstance(value, dict) else {}
