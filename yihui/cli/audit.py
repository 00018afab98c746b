"""yihui audit: list and export who did and read what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_note

if TYPE_CHECKING:
    from yihui.services.access.audit import AuditQuery

app = typer.Typer(no_args_is_help=True)
_ByActor = Annotated[str | None, typer.Option("--actor", help=N_("only what this actor did"))]
_Act = Annotated[
    str | None, typer.Option(help=N_("only this act or those below it, such as members or members.unmask"))
]
_Kind = Annotated[str | None, typer.Option("--kind", help=N_("only objects of this kind, such as member"))]
_Object = Annotated[str | None, typer.Option("--object", help=N_("only the object with this id"))]
_Organisation = Annotated[
    str | None, typer.Option(help=N_("only this organisation and what is below it"), metavar="CODE")
]
_First = Annotated[str | None, typer.Option("--from", help=N_("the first day"), metavar="DATE")]
_Last = Annotated[str | None, typer.Option("--until", help=N_("the last day"), metavar="DATE")]


def _query(
    actor: str | None,
    act: str | None,
    kind: str | None,
    object_: str | None,
    organisation: str | None,
    first: str | None,
    last: str | None,
) -> "AuditQuery":
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.audit import AuditQuery

    return AuditQuery(
        actor,
        act,
        kind,
        object_,
        organisation,
        parse_day(first, "--from") if first else None,
        parse_day(last, "--until") if last else None,
    )


@app.command("list", help=N_("List entries, the newest first."))
def list_entries(
    context: typer.Context,
    actor: _ByActor = None,
    act: _Act = None,
    kind: _Kind = None,
    object_: _Object = None,
    organisation: _Organisation = None,
    first: _First = None,
    last: _Last = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=N_("at most so many"))] = 100,
    before: Annotated[
        int | None, typer.Option(min=1, help=N_("go on before the entry with this number"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.access.audit import list_audit_entries
    from yihui.views.audit import audit_entry_json, audit_lines

    wiring: Wiring = context.obj
    query = _query(actor, act, kind, object_, organisation, first, last)
    page = list_audit_entries(wiring, current_actor(context), query, before, limit)
    content = {"entries": [audit_entry_json(one) for one in page.entries], "before": page.before}
    lines = [*audit_lines(page.entries, wiring.language)] or [wiring.render(N_("no entries"))]
    emit(content, lines, json_)
    if page.before is not None and not json_:
        print_note(wiring, N_("older entries: --before {number}"), number=page.before)


@app.command(help=N_("Write entries to a file, the oldest first: CSV for spreadsheets, or JSON lines."))
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help=N_("a file that ends with .csv or .jsonl"))],
    actor: _ByActor = None,
    act: _Act = None,
    kind: _Kind = None,
    object_: _Object = None,
    organisation: _Organisation = None,
    first: _First = None,
    last: _Last = None,
) -> None:
    from core.faults import FaultError
    from yihui.files.whole_files import check_output_path, write_lines_atomically
    from yihui.services.access.audit import AUDIT_QUERY_FAULTS, iter_audit_entries, record_audit_export
    from yihui.views.audit import audit_csv_lines, audit_json_lines

    wiring: Wiring = context.obj
    render = {".csv": audit_csv_lines, ".jsonl": audit_json_lines}.get(to.suffix.lower())
    if render is None:
        raise FaultError(AUDIT_QUERY_FAULTS.build("form", field="--to", value=to.name))
    check_output_path(to)
    query = _query(actor, act, kind, object_, organisation, first, last).check()
    record_audit_export(wiring, current_actor(context), query, to.suffix.lower()[1:])
    write_lines_atomically(to, render(iter_audit_entries(wiring, current_actor(context), query)))
