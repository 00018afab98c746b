"""Write drafts: new rule files with comments in Chinese, from a template or an existing rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules.yaml.rule_text import parse_rule_document
from rules.yaml.wording import SlugName
from yihui.services.rules.documents import RuleFile

_SUFFIX = ".yaml"
_DATED = re.compile(r"-\d{4}-\d\d-\d\d$")

DEFAULT_OWNER = "370000"
DRAFT_NAME = "rule.yaml"

RULE_DRAFT_FAULTS = FaultTable(
    "rule_draft",
    {
        "file_name": (N_("{value} is no name of a rule file"), N_("let it end in .yaml")),
        "exists": (N_("the file {value} is there already"), N_("choose another name")),
    },
)


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """Options of a draft. ``id`` and ``owner`` apply to a new rule; a next version keeps both."""

    begins: date
    id: str | None = None
    owner: str | None = DEFAULT_OWNER

    @property
    def ends(self) -> date:
        """The last day of the year in which the draft begins."""
        return date(self.begins.year, 12, 31)


def list_templates() -> tuple[str, ...]:
    """Return the names of the templates."""
    folder = files("yihui").joinpath("rule_templates")
    return tuple(sorted(e.name.removesuffix(_SUFFIX) for e in folder.iterdir() if e.name.endswith(_SUFFIX)))


def fill_template(name: str, wanted: DraftOptions) -> str:
    """Return the text of a template with the options filled in."""
    text = files("yihui").joinpath("rule_templates", name + _SUFFIX).read_text("utf-8")
    fillings = {
        "__ID__": wanted.id or f"new-{name}",
        "__OWNER__": wanted.owner or DEFAULT_OWNER,
        "__FROM__": wanted.begins.isoformat(),
        "__UNTIL__": wanted.ends.isoformat(),
    }
    for mark, filling in fillings.items():
        text = text.replace(mark, filling)
    return text


def copy_tables(text: str, tables: Mapping[str, str], wanted: DraftOptions) -> RuleFile:
    """Return the draft with renamed copies of its tables: a version in force keeps those it was approved with."""
    own = {}
    for named, table in tables.items():
        path = PurePosixPath(named)
        renamed = str(path.with_stem(f"{_DATED.sub('', path.stem)}-{wanted.begins}"))
        text, own[renamed] = text.replace(named, renamed), table
    return RuleFile(DRAFT_NAME, text, own)


def draft_next_version(text: str, hash_: str, wanted: DraftOptions) -> str:
    """Return the next version of a rule: the same file with other dates.

    A version whose last day precedes the draft's first day gets the end of the year as its last day.
    """
    changed = _change_values(text, wanted, {})
    return (
        f"# 草稿：由版本 {hash_[:12]} 改来，从 {wanted.begins} 起实行。id 不变；改好后先检查，再提交：\n"
        f"#   yihui rules lint 本文件\n"
        f"#   yihui rules diff {hash_[:12]} 本文件\n"
        f"#   yihui rules submit 本文件 --takes-over\n{changed}"
    )


def draft_new_rule(text: str, hash_: str, wanted: DraftOptions) -> str:
    """Return a new rule modelled on another: the same file with an id, dates and perhaps an owner of its own.

    Another owner's rule has a budget of its own, called as the rule: it may not name that of the other union.
    """
    changes: dict[tuple[str, ...], str] = {("id",): wanted.id or ""}
    if wanted.owner is not None:
        changes["owner",] = f'"{wanted.owner}"'
        if wanted.owner != read_owner(text) and ("budget",) in parse_rule_document("", text).spots:
            changes["budget",] = wanted.id or ""
    changed = _change_values(text, wanted, changes)
    return (
        f"# 草稿：照版本 {hash_[:12]} 另写的新规则，从 {wanted.begins} 起实行。改好标题、依据、预算等各处后先检查，再提交：\n"
        f"#   yihui rules lint 本文件\n"
        f"#   yihui rules submit 本文件\n{changed}"
    )


def _change_values(text: str, wanted: DraftOptions, changes: Mapping[tuple[str, ...], str]) -> str:
    """Return a rule file with other dates and these values, and everything else as it stands."""
    document = parse_rule_document("", text)
    spots = document.spots
    until = document.value.get("in_force", {}).get("until") if isinstance(document.value, dict) else None  # type: ignore[union-attr]
    changes = {**changes, ("in_force", "from"): wanted.begins.isoformat()}
    if isinstance(until, date) and until < wanted.begins:
        changes["in_force", "until"] = wanted.ends.isoformat()
    changed = document.text
    for path, value in sorted(changes.items(), key=lambda change: -spots[change[0]].start):
        spot = spots[path]
        changed = changed[: spot.start] + value + changed[spot.end :]
    return changed


def is_rule_id(text: str) -> bool:
    """Return whether a text can be the id of a rule."""
    try:
        TypeAdapter(SlugName).validate_python(text)
    except ValidationError:
        return False
    return True


def read_owner(text: str) -> str:
    """Return the owner that a rule file states."""
    value = parse_rule_document("", text).value
    return str(value.get("owner", "")) if isinstance(value, dict) else ""


def write_draft(path: Path, draft: RuleFile) -> None:
    """Write the draft as new files, without overwriting any. *Raises*: FaultError if a file exists; OSError."""
    if path.suffix not in (_SUFFIX, ".yml"):
        raise FaultError(RULE_DRAFT_FAULTS.build("file_name", field="--to", value=path))
    wanted = {path.parent / named: table for named, table in draft.tables.items()}
    for place, table in wanted.items():
        if place.exists() and place.read_text("utf-8") != table:
            raise FaultError(RULE_DRAFT_FAULTS.build("exists", field="--to", value=place))
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(draft.text)
    except FileExistsError as error:
        raise FaultError(RULE_DRAFT_FAULTS.build("exists", field="--to", value=path)) from error
    for place, table in wanted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(table, "utf-8")
