"""Compare two versions of rules key by key, and name the version that an officer means."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules import AdaptationDefinition, RuleDefinition
from yihui.services.rules.documents import RuleFile, parse_rule_definition, read_rule_file
from yihui.services.rules.versions import IndexedVersion, VersionIndex

VERSION_NAME_FAULTS = FaultTable(
    "rule_version",
    {
        "unknown_name": (
            N_("there is no rule, no version and no file {value}"),
            N_(
                "name a file, a rule, RULE@DATE, or at least eight characters of a hash (yihui rules versions)"
            ),
        ),
        "unknown_rule": (N_("there is no rule {value}"), N_("choose one of {expected}")),
        "unknown_version": (
            N_("{rule} has no version {version}"),
            N_("write RULE@ and a day on which it holds, now, or the first characters of its hash: {known}"),
        ),
    },
)
NOW = "now"
_LEAST_OF_HASH = 8  # characters of a hash without a rule's id before it; with one, four will do
_LEAST_AFTER_RULE = 4
_HOLDING = ("active", "stopped", "over")  # states of versions that hold or held on some day
_FEN = "fen"
_PARAMETER_VALUE = re.compile(r"parameters\.([a-z0-9_]+)\.(?:value|least|most)")
_SET_VALUE = re.compile(r"set\.([a-z0-9_]+)")


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
    """Return a version with its tables, by a file's name, a hash or its beginning, a rule's id, or RULE@VERSION.

    A rule's id alone means its newest version that was not rejected; the part after @ is a day on which the
    version holds, ``now``, or the beginning of its hash.
    *Raises*: FaultError, RuleFaults, OSError.
    """
    if Path(named).is_file():
        return read_rule_file(Path(named))
    return _file_of_entry(index, _find_entry(index.list_versions(), named, index.today))


def find_holding_and_newest(index: VersionIndex, rule: str) -> tuple[RuleFile, RuleFile]:
    """Return the version of a rule that holds today, and its newest one. *Raises*: FaultError."""
    entries = index.list_versions()
    held = _find_entry(entries, f"{rule}@{NOW}", index.today)
    return _file_of_entry(index, held), _file_of_entry(index, _find_entry(entries, rule, index.today))


def _file_of_entry(index: VersionIndex, entry: IndexedVersion) -> RuleFile:
    return RuleFile(f"{entry.rule}@{entry.hash[:12]}", entry.text, index.tables_of(entry))


def _find_entry(entries: Sequence[IndexedVersion], named: str, today: date) -> IndexedVersion:
    by_hash = [e for e in entries if e.hash.startswith(named)] if len(named) >= _LEAST_OF_HASH else []
    if len(by_hash) == 1:
        return by_hash[0]
    by_rule = [e for e in entries if e.rule == named and e.state != "rejected"]
    if by_rule:
        return by_rule[-1]  # an adaptation's id holds an @ too, so that whole ids go first
    rule, _, version = named.replace("＠", "@").rpartition("@")
    own = [e for e in entries if rule and e.rule == rule]
    found = _versions_named(own, version, today)
    if len(found) == 1:
        return found[0]
    raise _unknown_name(entries, own, named)


def _versions_named(own: Sequence[IndexedVersion], version: str, today: date) -> list[IndexedVersion]:
    """Return the versions of a rule that hold on a day (or now), or whose hash begins so."""
    day = today if version == NOW else _day(version)
    if day is not None:
        held = [e for e in own if e.state in (*_HOLDING, "coming")]
        return [e for e in held if e.since <= day and (e.until is None or day <= e.until)]
    if len(version) < _LEAST_AFTER_RULE:
        return []
    return [e for e in own if e.hash.startswith(version)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if "-" in text else None
    except ValueError:
        return None


def _unknown_name(entries: Sequence[IndexedVersion], own: Sequence[IndexedVersion], named: str) -> FaultError:
    """Build the fault for a name that no version has: it offers the rule's versions, or the nearest ids."""
    build = VERSION_NAME_FAULTS.build
    if own:
        rule, _, version = named.rpartition("@")
        known = "; ".join(f"{e.since} … {e.until or ''} {e.hash[:12]}".replace("  ", " ") for e in own)
        return FaultError(
            build("unknown_version", field="version", value=named, rule=rule, version=version, known=known)
        )
    ids = list(dict.fromkeys(entry.rule for entry in entries))
    near = get_close_matches(named.partition("@")[0], ids)
    if near:
        expected = ", ".join(near)
        return FaultError(build("unknown_rule", field="version", value=named, expected=expected))
    return FaultError(build("unknown_name", field="version", value=named))
