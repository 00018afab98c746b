"""/desk/rules/new/table: the tables of amounts of a draft as a grid, filled in cell by cell or pasted from a spreadsheet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_number, form_value, read_form
from yihui.http.desk.pages import (
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
)
from yihui.http.desk.rule_text import TABLE_PREFIX, read_rule_file, render_text_form, strip_command_comments
from yihui.http.desk.visit import OfficerVisit
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import Language
from yihui.services.rules.check import RuleCheck
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.table_edit import (
    MOST_TABLE_ROWS,
    change_first_day,
    edit_tables,
    find_first_day,
    list_filled_rows,
    match_pasted_rows,
    split_pasted_rows,
)
from yihui.services.rules.table_grid import EditedRow, TableGrid, find_event, read_table_grids

PAGE = "/desk/rules/new/table"
_MAX_BYTES, _MOST_FIELDS = 1 << 20, 4_000
_ACT = re.compile(r"(add|remove|paste)\.(\d{1,2})(?:\.(\d{1,3}))?")
_ROW = re.compile(r"\.(?:rows|rules)\[(\d+)\]")
GRID_PAGE_FAULTS = FaultTable(
    "rule_grid",
    {
        "none": (
            N_("this rule has no table of amounts that can be shown as a grid"),
            N_("change it in the text of the rule"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A finding, and the cell or row that it concerns: the id of its field, and its row in words."""

    line: ErrorLine
    target: str = ""
    row: int | None = None


@dataclass(slots=True)
class TableForm:
    """The grids of a draft as they were sent, and the draft that they make."""

    file: RuleFile
    grids: Sequence[TableGrid]
    rows: list[list[EditedRow]]
    after: RuleFile
    cell_faults: list[list[Fault]]
    other_faults: list[Fault] = field(default_factory=list)
    first_day: str = ""

    @property
    def faults(self) -> list[Fault]:
        """All faults of the grids."""
        return [*self.other_faults, *(fault for faults in self.cell_faults for fault in faults)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/rules/new/table")
    def new_version(request: Request, source: str = "") -> Response:
        """Show the tables of the next version of a rule, or of a template."""
        from yihui.services.rules.lookup import draft_rule

        visit = pages.open(request, Right.WRITE_RULES)
        try:
            draft = draft_rule(wiring, source.strip()[:100], None, None, None)
        except FaultError as error:
            return render_text_form(pages, visit, pages.refuse(visit, error, "source"))
        tables = {f"{TABLE_PREFIX}{name}": [text] for name, text in draft.tables.items()}
        sent = {"text": [strip_command_comments(draft.text)], **tables, "takes_over": ["yes"]}
        return _show(pages, visit, FormFeedback(sent=sent, form="submit"))

    @made.post("/rules/new/table")
    async def show(request: Request) -> Response:
        """Show the grid with what is found in it, a row more or less, or what was pasted; nothing is stored."""
        visit, sent = await read_sent(request, Right.WRITE_RULES)
        return await run_in_threadpool(_show, pages, visit, FormFeedback(sent=sent, form="submit"))

    @made.post("/rules/new/table/text")
    async def go_on_with_text(request: Request) -> Response:
        visit, sent = await read_sent(request, Right.WRITE_RULES)
        return await run_in_threadpool(_render_with, pages, visit, sent, "text")

    @made.post("/rules/new/table/simulate")
    async def simulate(request: Request) -> Response:
        visit, sent = await read_sent(request, Right.SIMULATE_RULES)
        return await run_in_threadpool(_render_with, pages, visit, sent, "simulation")

    @made.post("/rules/new/table/submit")
    async def submit(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _submit(pages, visit, sent)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return _show(pages, visit, feedback)

        visit, sent = await read_sent(request, Right.WRITE_RULES)
        return await pages.carry_out(visit, sent, Right.WRITE_RULES, "submit", act, again)

    async def read_sent(request: Request, right: Right) -> tuple[OfficerVisit, FormFields]:
        visit = await pages.open_form(request, right)
        return visit, await read_form(request, _MAX_BYTES, _MOST_FIELDS)


def _read_tables(sent: FormFields) -> TableForm:
    """Return the grids of a form, with what its button asks for. *Raises*: FaultError if the draft has no table."""
    file = read_rule_file(sent)
    grids = read_table_grids(file)
    if not grids:
        raise FaultError(GRID_PAGE_FAULTS.build("none", field="text"))
    rows = [_read_rows(sent, number, grid) for number, grid in enumerate(grids)]
    other: list[Fault] = []
    if asked := _ACT.fullmatch(form_value(sent, "act")):
        try:
            _change_rows(sent, asked, grids, rows)
        except FaultError as error:
            other = list(error.faults)
    after, faults = edit_tables(file, grids, rows)
    first_day = form_value(sent, "since") if "since" in sent else find_first_day(file)
    try:
        after = change_first_day(after, first_day)
    except FaultError as error:
        other += error.faults
    return TableForm(file, grids, rows, after, faults, other, first_day)


def _read_rows(sent: FormFields, table: int, grid: TableGrid) -> list[EditedRow]:
    """Return the rows as they were sent, or as the table has them if none was sent."""
    if f"g{table}_count" not in sent:
        return [
            EditedRow(number, tuple(cell.text for cell in row.cells), row.amount, row.note)
            for number, row in enumerate(grid.rows)
        ]
    rows, width = [], len(grid.columns)
    for number in range(min(form_number(sent, f"g{table}_count"), MOST_TABLE_ROWS + 1)):
        name = f"g{table}_{number}_"
        origin = form_value(sent, f"{name}o")
        known = int(origin) if origin.isdecimal() and int(origin) < len(grid.rows) else None
        cells = tuple(form_value(sent, f"{name}{column}") for column in range(width))
        note = form_value(sent, f"{name}{width + 1}") if grid.has_notes else ""
        rows.append(EditedRow(known, cells, form_value(sent, f"{name}{width}"), note))
    return rows


def _change_rows(
    sent: FormFields, asked: re.Match[str], grids: Sequence[TableGrid], rows: list[list[EditedRow]]
) -> None:
    """Add or remove a row, or read what was pasted. *Raises*: FaultError for a paste that doesn't fit."""
    act, table, row = asked[1], int(asked[2]), int(asked[3] or 0)
    if table >= len(grids):
        return
    grid = grids[table]
    if act == "add" and len(rows[table]) < MOST_TABLE_ROWS:
        rows[table].insert(row + 1, EditedRow(None, ("",) * len(grid.columns), ""))
    elif act == "remove" and row < len(rows[table]) > 1:
        del rows[table][row]
    elif act == "paste" and (pasted := form_value(sent, f"g{table}_pasted")):
        rows[table] = match_pasted_rows(grid, split_pasted_rows(pasted, len(grid.columns)))


def _show(pages: OfficerPages, visit: OfficerVisit, feedback: FormFeedback) -> Response:
    """Render the grid, what is found in it, and the rule in words beside it."""
    from yihui.services.rules.check import check_rule_text
    from yihui.views.rules import rule_lines

    try:
        form = _read_tables(feedback.sent)
    except FaultError as error:
        refused = pages.refuse(visit, error, "submit")
        return render_text_form(pages, visit, replace(refused, sent=feedback.sent))
    found = RuleCheck()
    if not form.faults:
        takes_over = form_value(feedback.sent, "takes_over") == "yes"
        found = check_rule_text(pages.site.wiring, form.after, takes_over=takes_over)
    cells = _cell_findings(form, visit)
    others = [CellFinding(fault_line(fault, visit.language)) for fault in form.other_faults]
    return pages.render(
        visit,
        "rule_table.html",
        feedback,
        form=form,
        text=form.file.text,
        pasted={n: form_value(feedback.sent, f"g{n}_pasted") for n, _ in enumerate(form.grids)},
        cells={one.target: one.line for one in cells},
        problems_found=[*others, *cells, *_text_findings(form, found.faults, visit)],
        warnings=_text_findings(form, found.warnings, visit),
        lines=list(rule_lines(found.rule, visit.language, pages.record_names())) if found.rule else [],
        has_faults=bool(form.faults),
        page=PAGE,
    )


def _cell_findings(form: TableForm, visit: OfficerVisit) -> list[CellFinding]:
    found = []
    for table, faults in enumerate(form.cell_faults):
        for fault in faults:
            row, dot, column = (fault.field or "").partition(".")
            target = f"g{table}_{row}_{column}" if dot else ""
            found.append(CellFinding(fault_line(fault, visit.language), target))
    return found


def _text_findings(form: TableForm, faults: Sequence[Fault], visit: OfficerVisit) -> list[CellFinding]:
    """Return what the linter finds in words, each with the row of the grid that it names."""
    from yihui.views.rule_findings import plain_finding

    found, event = [], find_event(form.file)
    for fault in faults:
        place = _find_row(form, fault)
        if place is None:
            found.append(CellFinding(plain_finding(fault, event, visit.language)))
            continue
        table, number = place
        line = plain_finding(
            fault,
            event,
            visit.language,
            row_text=_row_text(form, place, visit.language),
            rows_by_line=_number_lines(form, table),
        )
        found.append(CellFinding(line, f"g{table}_{number}_0", number + 1))
    return found


def _row_text(form: TableForm, place: tuple[int, int], language: Language) -> str:
    """Return a row as its cells say it, each behind the title of its column."""
    table, number = place
    titles = (
        language.translate(one.fact.title if one.fact else N_("Other conditions"))
        for one in form.grids[table].columns
    )
    return " · ".join(
        f"{title} {cell}" for title, cell in zip(titles, form.rows[table][number].cells, strict=True)
    )


def _find_row(form: TableForm, fault: Fault) -> tuple[int, int] | None:
    """Return the only table and its row that a finding names."""
    row = _ROW.search(fault.field or "")
    if row is None or len(form.grids) != 1:
        return None
    grid, filled = form.grids[0], list_filled_rows(form.rows[0])
    is_here = (fault.file or "").endswith(grid.file) if grid.is_file else ".table." in (fault.field or "")
    return (0, filled[int(row[1]) - 1]) if is_here and int(row[1]) <= len(filled) else None


def _number_lines(form: TableForm, table: int) -> dict[int, int]:
    """Return the number of the grid's row for each line of the draft's text at which a row begins."""
    after = read_table_grids(form.after)[table]
    filled = list_filled_rows(form.rows[table])
    return {
        after.document.place((*after.path, place)).line: number + 1 for place, number in enumerate(filled)
    }


def _render_with(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, then: str) -> Response:
    """Render the form of the text, or the one of a simulation, with what the grids make of the draft."""
    from yihui.http.desk.rule_simulation import render_simulation_form

    try:
        form = _read_tables(sent)
        if not form.faults:
            tables = {f"{TABLE_PREFIX}{name}": [text] for name, text in form.after.tables.items()}
            made = {"text": [form.after.text], **tables}
            made |= {name: values for name, values in sent.items() if name == "takes_over"}
            render = render_text_form if then == "text" else render_simulation_form
            return render(pages, visit, FormFeedback(sent=made, form="submit"))
    except FaultError:
        pass  # shown with the grid
    return _show(pages, visit, FormFeedback(sent=sent, form="submit"))


def _submit(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    """Submit the version that the grids make. *Raises*: FaultError with every fault of the cells or of the text."""
    from yihui.services.rules.desk import submit_version

    require_confirmation(sent)
    form = _read_tables(sent)
    if form.faults:
        raise FaultError(form.faults)
    takes_over = form_value(sent, "takes_over") == "yes"
    stated = submit_version(
        pages.site.wiring, visit.actor, form.after, takes_over=takes_over
    ).candidate.stated
    page = build_link(f"/desk/rules/versions/{stated.hash}", done="submitted")
    return ActOutcome(page)
