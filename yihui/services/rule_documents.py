"""A rule file as it is handed in: its text, and the texts of the tables that it names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from benefits import ActRefused, Version
from core.faults import Fault, InputFaults
from rules import AdaptationDefinition, RuleDefinition, RuleFaults, load_library
from rules.yaml.yaml_text import read_document
from yihui.services.rules import Texts, texts_of

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Paper:
    """One rule file. ``tables`` are by the names that the rule gives them."""

    name: str
    text: str
    tables: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> Iterator[tuple[str, str]]:
        """What is loaded of it."""
        yield self.name, self.text
        for table, text in self.tables.items():
            yield f"{self.name}/{table}", text


def paper_of(version: Version) -> Paper:
    """A version as it lies in the database; its name stands for a file's."""
    handed_in = version.submission
    return Paper(f"{version.rule_id}@{version.hash[:12]}", handed_in.text, handed_in.tables)


def read_paper(path: Path) -> Paper:
    """A rule file with its tables, which lie beside it. *Raises*: RuleFaults, InputFaults, OSError."""
    read = texts_of([path])
    if read.findings:
        raise RuleFaults(read.findings)
    if len(read.texts) != 1:
        message = N_("{value} holds {count} rule files; one version is handed in at a time")
        fault = Fault(message, N_("name one file"), value=str(path), params={"count": str(len(read.texts))})
        raise InputFaults([fault])
    name, text = read.texts[0]
    return Paper(name, text, dict(_tables(path, text)))


def _tables(path: Path, text: str) -> Iterator[tuple[str, str]]:
    for named in dict.fromkeys(tables_named(text)):
        place = path.parent / named
        if ".." in PurePosixPath(named).parts or not place.is_file():
            continue  # the loader says that it isn't there
        yield named, place.read_text("utf-8-sig")


def definition_of(text: str, name: str) -> RuleDefinition | AdaptationDefinition:
    """What a rule file says. *Raises*: RuleFaults where it isn't sound, ActRefused where it holds no rule."""
    document = read_document(name, text)
    keys = document.value.keys() if isinstance(document.value, dict) else ()
    if "cap" in keys:
        raise ActRefused(
            N_("{value} holds no rule"),
            N_(
                "caps lie in the rules folder; what is handed in is a rule, or what a lower level makes of one"
            ),
            "file",
            name,
        )
    try:
        if not document.findings:
            model = AdaptationDefinition if "adapts" in keys else RuleDefinition
            return model.model_validate(document.value)
    except ValidationError:
        load_library([(name, text)])  # tells its faults with their places
    raise RuleFaults(document.told())


def tables_named(text: str) -> list[str]:
    """The names of the tables that a rule's benefits are read from."""
    return list(_named(read_document("", text).value))


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


def no_table_twice(paper: Paper, base: Texts, approved: Mapping[str, Version]) -> None:
    """A rule finds its table by name: no other may have the name. *Raises*: ActRefused."""
    there = dict(base.texts)
    for name, version in approved.items():
        there |= {f"{name}/{table}": text for table, text in version.submission.tables.items()}
    for table in tables_named(paper.text):
        for name, text in there.items():
            if _is_in_the_way(paper, table, name, text):
                raise ActRefused(
                    N_("the table {value} is there already: {name}"),
                    N_("give the rule a table of its own, with another name, beside its file"),
                    "table",
                    table,
                    name=name,
                )


def _is_in_the_way(paper: Paper, table: str, name: str, text: str) -> bool:
    """A table shipped belongs to the release, which may change it; any other may only be the very same."""
    if name.startswith(f"{paper.name}/") or not (name == table or name.endswith(f"/{table}")):
        return False
    return name.startswith("rules/tables/") or paper.tables.get(table) != text
