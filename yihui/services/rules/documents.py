"""A rule file as an officer submits it: its text, and the texts of the tables it names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from benefits import ActRefused, RuleVersion
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules import AdaptationDefinition, RuleDefinition, RuleFaults, load_library
from rules.yaml.rule_text import parse_rule_document
from yihui.services.rules.rules import RuleFileTexts, read_yaml_texts

RULE_FILE_FAULTS = FaultTable(
    "rule_file",
    {
        "no_rule": (
            N_("{value} holds no rule"),
            N_(
                "caps lie in the rules folder; what is handed in is a rule, or what a lower level makes of one"
            ),
        ),
        "several_files": (
            N_("{value} holds {count} rule files; one version is handed in at a time"),
            N_("name one file"),
        ),
        "table_taken": (
            N_("the table {value} is there already: {name}"),
            N_("give the rule a table of its own, with another name, beside its file"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rule file. ``tables`` maps the names in the rule to the tables' texts."""

    name: str
    text: str
    tables: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the names and texts that the loader reads: the rule and its tables."""
        yield self.name, self.text
        for table, text in self.tables.items():
            yield f"{self.name}/{table}", text


def rule_file_of_version(version: RuleVersion) -> RuleFile:
    """Return a version as it is stored in the database, under a name that stands for a file's."""
    handed_in = version.submission
    return RuleFile(f"{version.rule_id}@{version.hash[:12]}", handed_in.text, handed_in.tables)


def read_rule_file(path: Path) -> RuleFile:
    """Read a rule file and the tables beside it. *Raises*: RuleFaults, FaultError, OSError."""
    read = read_yaml_texts([path])
    if read.faults:
        raise RuleFaults(read.faults)
    if len(read.texts) != 1:
        raise FaultError(RULE_FILE_FAULTS.build("several_files", value=path, count=len(read.texts)))
    name, text = read.texts[0]
    return RuleFile(name, text, dict(_tables(path, text)))


def _tables(path: Path, text: str) -> Iterator[tuple[str, str]]:
    for named in dict.fromkeys(list_table_names(text)):
        place = path.parent / named
        if ".." in PurePosixPath(named).parts or not place.is_file():
            continue  # the loader reports the missing table
        yield named, place.read_text("utf-8-sig")


def parse_rule_definition(text: str, name: str) -> RuleDefinition | AdaptationDefinition:
    """Parse a rule file. *Raises*: RuleFaults if it is invalid, ActRefused if it holds no rule."""
    document = parse_rule_document(name, text)
    keys = document.value.keys() if isinstance(document.value, dict) else ()
    if "cap" in keys:
        raise ActRefused(RULE_FILE_FAULTS.build("no_rule", field="file", value=name))
    try:
        if not document.faults:
            model = AdaptationDefinition if "adapts" in keys else RuleDefinition
            return model.model_validate(document.value)
    except ValidationError:
        load_library([(name, text)])  # raises its faults with their places
    raise RuleFaults(document.sorted_faults())


def list_table_names(text: str) -> list[str]:
    """Return the names of the tables that a rule's benefits are read from."""
    return list(_named(parse_rule_document("", text).value))


def find_tables(text: str, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tables that a rule names, by those names, among the names and texts of files."""
    named = list_table_names(text)
    return {own: found for name, found in texts for own in named if f"/{name}".endswith(f"/{own}")}


def _named(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        table = value.get("table")
        if isinstance(table, dict) and isinstance(table.get("file"), str):
            yield str(table["file"])
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _named(inner)


def refuse_table_name_clash(
    paper: RuleFile, base: RuleFileTexts, approved: Mapping[str, RuleVersion]
) -> None:
    """Refuse a table whose name is taken: a rule finds its table by name. *Raises*: ActRefused."""
    there = dict(base.texts)
    for name, version in approved.items():
        there |= {f"{name}/{table}": text for table, text in version.submission.tables.items()}
    for table in list_table_names(paper.text):
        for name, text in there.items():
            if _is_in_the_way(paper, table, name, text):
                raise ActRefused(RULE_FILE_FAULTS.build("table_taken", field="table", value=table, name=name))


def _is_in_the_way(paper: RuleFile, table: str, name: str, text: str) -> bool:
    """Return whether a text blocks the table's name.

    A shipped table always does, because a release may change it. Any other table does unless it is
    identical.
    """
    if name.startswith(f"{paper.name}/") or not (name == table or name.endswith(f"/{table}")):
        return False
    return name.startswith("rules/tables/") or paper.tables.get(table) != text
