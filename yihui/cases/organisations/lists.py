"""Lists of organisations: read one, make the tree like it, and write one that can be read again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable, raise_faults, raise_faults_by_row
from core.sheets.listed_rows import ListedThings
from core.text_marks import N_
from members.organisations.lists import ListedOrganisation, find_organisations, parse_organisations
from members.organisations.messages import UNKNOWN_FOUNDING
from yihui.bootstrap import Wiring
from yihui.cases.organisations.state import STATE_FAULTS
from yihui.frame.fields import TypedFile

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import OrganisationSpan
    from members.organisations.lists import OrganisationDifference, PlannedAct
    from yihui.files.tables import SheetReader
    from yihui.frame.acts import Doing

_TOGETHER = 500
_COLUMNS = {
    "code": "组织代码",
    "parent": "上级代码",
    "on": "成立日期",
    "credit_code": "统一社会信用代码",
    "name": "组织名称",
}
LIST_HEADERS = ("组织代码", "组织名称", "组织类型", "上级代码", "成立日期", "统一社会信用代码")
_KIND_CELLS = {
    "union": "工会",
    "industry_union": "行业工会联合会",
    "joint_union": "联合工会",
    "member_home": "会员之家",
}
_MEMBER, _CODE = ("会员", "member"), ("组织代码", "organisation")  # headers of who goes where at a split
_FAULTS = FaultTable(
    "organisations",
    {
        "no_part": (
            N_("{value} is none of the new organisations, or the row names no member"),
            N_("write the member's id and the code of one of the new organisations into each row"),
        ),
    },
)


def read_listed(value: object, sheets: "SheetReader") -> object:
    """Return the organisations of a file or of a text in CSV; anything else as it is. *Raises*: FaultError by row."""
    if isinstance(value, str):
        value = TypedFile("list.csv", value.encode())
    if not isinstance(value, TypedFile):
        return value
    table = sheets.read(value.content, value.name, find_organisations)
    listed, faults = parse_organisations(table)
    raise_faults_by_row(faults)
    return tuple(listed)


def read_going_members(value: object, sheets: "SheetReader") -> object:
    """Return who goes where: of a file with a column for each, or of lines with both; anything else as it is.

    *Raises*: FaultError by row.
    """
    if isinstance(value, str):
        return tuple((*line.split(maxsplit=1), "")[:2] for line in value.splitlines() if line.strip())
    if not isinstance(value, TypedFile):
        return value
    things = ListedThings((*_MEMBER, *_CODE), has_totals=True)  # a row without both is a fault of its own
    table = sheets.read(value.content, value.name, lambda _: things)
    faults = [*table.faults, *(fault for row in table.rows for fault in row.faults_in((*_MEMBER, *_CODE)))]
    raise_faults([fault.at(file=value.name) for fault in faults])
    return tuple((row.text(_MEMBER), row.text(_CODE)) for row in table.rows)


def place_members(going: Sequence[tuple[str, str]], codes: Sequence[str]) -> dict[str, list[str]]:
    """Return who goes to each new organisation. *Raises*: FaultError with each row that names none of them."""
    found: dict[str, list[str]] = {code: [] for code in codes}
    faults = []
    for row, (member, code) in enumerate(going, 1):
        if member and code in found:
            found[code].append(member)
        else:
            faults.append(_FAULTS.build("no_part", row=row, field="members", value=code))
    raise_faults(faults)
    return found


def compare_list(act: "Doing[Any, Any]") -> "OrganisationDifference":
    """Return what a list changes in the tree. *Raises*: FaultError by row for what no act changes."""
    from members import read_spans
    from members.organisations.lists import compare_with_tree, find_fixed_differences

    listed: Sequence[ListedOrganisation] = act.form.list
    spans = read_spans(act.connection, [one.code for one in listed])
    raise_faults_by_row(find_fixed_differences(listed, spans, ""))
    return compare_with_tree(listed, spans, act.form.on or civil_date(act.now))


def apply_list(act: "Doing[Any, Any]", difference: "OrganisationDifference") -> None:
    """Do the acts by which the tree becomes like a list. *Raises*: FaultError with each that can't be done, by row."""
    faults: list[Fault] = []
    for start in range(0, len(difference.acts), _TOGETHER):
        faults += _apply_portion(act, difference.acts[start : start + _TOGETHER])
    raise_faults_by_row(faults)


def _apply_portion(act: "Doing[Any, Any]", portion: "Sequence[PlannedAct]") -> Iterator[Fault]:
    from events import InboundEvent
    from events.pipeline import process_batch
    from yihui.cases.organisations.events import build_act_event, name_field

    items, rows = [], dict[str, int]()
    for one in portion:
        data = {name: getattr(one.payload, name) for name in one.payload.model_fields_set}
        try:
            event = build_act_event(one.code, one.type, data | {"by": act.actor.id}, act.now)
        except FaultError as error:
            yield from (_name_column(fault, one.row) for fault in error.faults)
            continue
        rows[event.id] = one.row
        items.append(InboundEvent(event, f"list:{one.row}"))
    library = act.wiring.runner.library(act.connection)
    for letter in process_batch(items, act.connection, library, act.now).dead_letters:
        row = rows[letter.event_id or ""]
        yield from (_name_column(name_field(fault), row) for fault in letter.faults)


def _name_column(fault: Fault, row: int) -> Fault:
    return fault.at(row=row, field=_COLUMNS.get(fault.field or "", fault.field))


def format_founding(span: "OrganisationSpan") -> date | None:
    """Return the first day of a span; None if the founding is not known."""
    return None if span.since == UNKNOWN_FOUNDING else span.since


def _organisation_rows(spans: "Sequence[OrganisationSpan]") -> Iterator[tuple[str, ...]]:
    yield LIST_HEADERS
    for span in spans:
        since = format_founding(span)
        cells = (span.code, span.name, _KIND_CELLS[span.kind], span.parent or "")
        yield (*cells, since.isoformat() if since else "", span.credit_code or "")


def _render_csv(spans: "Sequence[OrganisationSpan]") -> bytes:
    from yihui.views.csv_text import render_csv

    return render_csv(_organisation_rows(spans), end="\n").encode()


def _render_workbook(spans: "Sequence[OrganisationSpan]") -> bytes:
    from core.sheets.workbook_rendering import Worksheet, render_workbook

    heads, *rows = _organisation_rows(spans)
    return render_workbook([Worksheet(heads[0][:2], rows, heads, (24, 40, 14, 24, 14, 24))])


def load_tree(wiring: Wiring, code: str | None, day: date | None) -> "list[OrganisationSpan]":
    """Return the organisations of a subtree on a day, today unless given; without a code all of them.

    *Raises*: FaultError for a subtree without any.
    """
    from members import list_subtree_spans

    with wiring.database.read() as connection:
        found = list_subtree_spans(connection, code, day or civil_date(wiring.now()))
    if code is not None and not found:
        raise FaultError(STATE_FAULTS.build("unknown", field="CODE", value=code[:40]))
    return found


def rebuild_projections(wiring: Wiring) -> dict[str, int]:
    """Fold organisations and memberships anew from what happened; return how many rows of each there are."""
    from benefits import lock_rulebook_exclusive
    from members import rebuild_memberships, rebuild_organisations
    from yihui.services.access.acting import run_act

    def work(connection: "Connection") -> dict[str, int]:
        lock_rulebook_exclusive(connection)
        organisations = rebuild_organisations(connection)
        return {"organisations": organisations, "memberships": rebuild_memberships(connection)}

    return run_act(wiring, work)


# How a list that an import reads without a difference is written, by the ending of its file.
LIST_RENDERERS: "dict[str, Callable[[Sequence[OrganisationSpan]], bytes]]" = {
    ".csv": _render_csv,
    ".xlsx": _render_workbook,
}
