"""Drafts: a new rule file with comments in Chinese, of a template or of a rule that there is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path, PurePosixPath

from core.faults import Fault, InputFaults
from rules.yaml.yaml_text import read_document

N_ = str  # marks a text for the message catalogue

_SUFFIX = ".yaml"
_SCHEMA_LINE = re.compile(r"(?m)^# yaml-language-server:.*\n")
_DATED = re.compile(r"-\d{4}-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a draft begins with; ``id`` only where it is of a template."""

    begins: date
    id: str | None = None
    owner: str = "370000"

    @property
    def ends(self) -> date:
        """The end of the year."""
        return date(self.begins.year, 12, 31)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule file, and the tables beside it by the names that the rule gives them."""

    text: str
    tables: Mapping[str, str] = field(default_factory=dict)


def templates() -> tuple[str, ...]:
    """The names of the templates."""
    folder = files("yihui").joinpath("rule_templates")
    return tuple(sorted(e.name.removesuffix(_SUFFIX) for e in folder.iterdir() if e.name.endswith(_SUFFIX)))


def of_template(name: str, wanted: Wanted) -> str:
    """A template filled in."""
    text = files("yihui").joinpath("rule_templates", name + _SUFFIX).read_text("utf-8")
    fillings = {
        "__ID__": wanted.id or f"new-{name}",
        "__OWNER__": wanted.owner,
        "__FROM__": wanted.begins.isoformat(),
        "__UNTIL__": wanted.ends.isoformat(),
    }
    for mark, filling in fillings.items():
        text = text.replace(mark, filling)
    return _schema_line() + text


def _schema_line() -> str:
    """What lets an editor complete and check the file, wherever it lies."""
    return f"# yaml-language-server: $schema={Path(str(files('rules'))).as_uri()}/rule.schema.json\n"


def with_tables(text: str, tables: Mapping[str, str], wanted: Wanted) -> Draft:
    """The draft with tables of its own: a version in force keeps those that it was approved with."""
    own = {}
    for named, table in tables.items():
        path = PurePosixPath(named)
        renamed = str(path.with_stem(f"{_DATED.sub('', path.stem)}-{wanted.begins}"))
        text, own[renamed] = text.replace(named, renamed), table
    return Draft(text, own)


def of_rule(text: str, hash_: str, wanted: Wanted) -> str:
    """The next version of a rule: the same file, with other days.

    What the file says of days before is left out: a version that is over on the first day gets the year's end.
    """
    document = read_document("", text)
    spots = document.spots
    until = document.value.get("in_force", {}).get("until") if isinstance(document.value, dict) else None  # type: ignore[union-attr]
    changes = {("in_force", "from"): wanted.begins.isoformat()}
    if isinstance(until, date) and until < wanted.begins:
        changes["in_force", "until"] = wanted.ends.isoformat()
    changed = document.text
    for path, value in sorted(changes.items(), key=lambda change: -spots[change[0]].start):
        spot = spots[path]
        changed = changed[: spot.start] + value + changed[spot.end :]
    return (
        f"{_schema_line()}# 草稿：由版本 {hash_[:12]} 改来，从 {wanted.begins} 起实行。id 不变；改好后先检查，再提交：\n"
        f"#   yihui rules lint 本文件\n"
        f"#   yihui rules diff {hash_[:12]} 本文件\n"
        f"#   yihui rules submit 本文件 --by 您的代号 --takes-over\n{_SCHEMA_LINE.sub('', changed)}"
    )


def write_draft(path: Path, draft: Draft) -> None:
    """New files, none in place of another. *Raises*: InputFaults where there is one; OSError."""
    if path.suffix not in (_SUFFIX, ".yml"):
        message, remedy = N_("{value} is no name of a rule file"), N_("let it end in .yaml")
        raise InputFaults([Fault(message, remedy, field="--to", value=str(path))])
    wanted = {path.parent / named: table for named, table in draft.tables.items()}
    for place, table in wanted.items():
        if place.exists() and place.read_text("utf-8") != table:
            raise _there_already(place)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(draft.text)
    except FileExistsError as error:
        raise _there_already(path) from error
    for place, table in wanted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(table, "utf-8")


def _there_already(path: Path) -> InputFaults:
    message, remedy = N_("the file {value} is there already"), N_("choose another name")
    return InputFaults([Fault(message, remedy, field="--to", value=str(path))])
