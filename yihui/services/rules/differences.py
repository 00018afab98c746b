"""Compare two versions of rules key by key: those that an officer names, or a version and the one that holds."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError

from core.faults import FaultError
from rules import AdaptationDefinition, RuleDefinition
from yihui.services.rules.documents import (
    RuleFile,
    find_tables,
    parse_rule_definition,
    read_rule_file,
    rule_file_of_version,
)
from yihui.services.rules.in_force import StatedVersion
from yihui.services.rules.trial import ExistingRules, VersionCandidate
from yihui.services.rules.versions import VERSION_FAULTS, VersionIndex

_LEAST_OF_HASH = 8  # characters
_FEN = "fen"
_PARAMETER_VALUE = re.compile(r"parameters\.([a-z0-9_]+)\.(?:value|least|most)")
_SET_VALUE = re.compile(r"set\.([a-z0-9_]+)")
_OF_THE_DAYS = ("in_force.", "programme.")


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


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """One key whose value differs between two versions; None where a version lacks the key.

    ``is_fen`` says that the values are amounts in fen.
    """

    field: str
    before: str | None
    after: str | None
    is_fen: bool = False


def compare_rule_files(
    before: RuleFile, after: RuleFile, fen_parameters: Collection[str] = ()
) -> list[VersionDifference]:
    """Return every key and every table row that differs, in the order of the file.

    ``fen_parameters`` are parameters in fen that neither file declares: those of the rule that both adapt.
    *Raises*: RuleFaults.
    """
    old, new = dict(_keys(before)), dict(_keys(after))
    in_fen = {*fen_parameters, *_fen_parameters(old), *_fen_parameters(new)}
    return [
        VersionDifference(key, old.get(key), new.get(key), _is_fen(key, in_fen))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def fen_parameters_of(definition: RuleDefinition | AdaptationDefinition) -> frozenset[str]:
    """Return the names of the parameters that a definition declares in fen."""
    declared = definition.parameters if isinstance(definition, RuleDefinition) else {}
    return frozenset(name for name, parameter in declared.items() if parameter.unit == _FEN)


def _fen_parameters(values: dict[str, str]) -> Iterator[str]:
    for key in values:
        found = _PARAMETER_VALUE.fullmatch(key)
        if found and values.get(f"parameters.{found[1]}.unit") == _FEN:
            yield found[1]


def _is_fen(key: str, in_fen: Collection[str]) -> bool:
    found = _PARAMETER_VALUE.fullmatch(key) or _SET_VALUE.fullmatch(key)
    return found[1] in in_fen if found else key.endswith("_fen")


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


def find_version_file(index: VersionIndex, named: str) -> RuleFile:
    """Return a version with its tables, by a file's name, a hash or its beginning, or a rule's id.

    A rule's id means its newest version that was not rejected. *Raises*: FaultError, RuleFaults, OSError.
    """
    if Path(named).is_file():
        return read_rule_file(Path(named))
    entries = index.list_versions()
    found = [e for e in entries if e.hash.startswith(named)] if len(named) >= _LEAST_OF_HASH else []
    if len(found) != 1:
        found = [e for e in entries if e.rule == named and e.state != "rejected"]
    if found:
        return index.file_of(found[-1])
    near = get_close_matches(named, list(dict.fromkeys(entry.rule for entry in entries)))
    code = "unknown_rule" if near else "unknown_name"
    raise FaultError(VERSION_FAULTS.build(code, field="version", value=named, expected=", ".join(near)))


def find_version_of_today(index: VersionIndex, rule: str) -> RuleFile:
    """Return the version of a rule that is in force today. *Raises*: FaultError."""
    for entry in index.list_versions():
        if entry.rule == rule and entry.state in ("active", "stopped"):
            return index.file_of(entry)
    raise FaultError(VERSION_FAULTS.build("none_today", field="version", value=rule))


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The keys that differ from the version ``compared``; None if the rule has no other version."""

    compared: StatedVersion | None = None
    differences: tuple[VersionDifference, ...] = ()

    @property
    def changes_only_days(self) -> bool:
        """Whether nothing differs but the days on which the version holds."""
        return all(one.field.startswith(_OF_THE_DAYS) for one in self.differences)


def compare_with_holding(standing: ExistingRules, candidate: VersionCandidate, today: date) -> RuleChange:
    """Compare a candidate with the version of its rule that holds today, or else with the one before it.

    *Raises*: RuleFaults.
    """
    there = standing.without_file(candidate.paper)
    others = [one for one in candidate.others if one.hash != candidate.stated.hash]
    holding = [one for one in others if one.in_force.holds(today)]
    before = [one for one in others if one.in_force.since < candidate.stated.in_force.since]
    compared = next(iter(holding), None) or max(before, key=lambda one: one.in_force.since, default=None)
    if compared is None:
        return RuleChange()
    in_fen = fen_parameters_of(candidate.rule.definition)
    found = compare_rule_files(_rule_file(there, compared.file), candidate.paper, in_fen)
    return RuleChange(compared, tuple(found))


def _rule_file(standing: ExistingRules, name: str) -> RuleFile:
    """Return a version as its file states it, with its tables."""
    approved = standing.approved.versions_by_name.get(name)
    if approved is not None:
        return rule_file_of_version(approved)
    text = dict(standing.base.texts)[name]
    return RuleFile(name, text, find_tables(text, standing.base.texts))
