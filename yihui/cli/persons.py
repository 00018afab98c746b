"""yihui members find, unmaskings, export: persons behind pseudonyms, and who saw them in clear."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, MemberArgument, OnlyMember, PageFile, RecordedReason
from yihui.cli.output import emit, exit_on_findings, print_note

app = typer.Typer()


@app.command(
    help=N_(
        "Find members by name, phone number or ID number. It is typed at the prompt or comes from standard input, never as an argument, since shells store those."
    )
)
def find(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault import find_persons
    from yihui.views.vault import person_match_lines

    wiring: Wiring = context.obj
    if sys.stdin.isatty():
        print_note(wiring, N_("type a name, a phone number or an ID number:"))
    found = find_persons(wiring, typer.get_text_stream("stdin").readline().strip())
    rows = [{"member": one.member_id, **one.masks} for one in found]
    emit(rows, person_match_lines(found, wiring.language), json_)
    exit_on_findings(not found)


@app.command(help=N_("List who saw persons' data in clear, when and why."))
def unmaskings(
    context: typer.Context,
    member: OnlyMember = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.members.vault import list_unmaskings
    from yihui.views.vault import unmasking_json, unmasking_lines

    wiring: Wiring = context.obj
    found = list_unmaskings(wiring, member)
    emit([unmasking_json(one) for one in found], unmasking_lines(found, wiring.language), json_)


@app.command(
    help=N_(
        "Write all that is known of a person to a file, name and numbers in clear: for the person alone. Who wrote it, when and why is recorded."
    )
)
def export(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    reason: RecordedReason,
    to: Annotated[Path, typer.Option(help=N_("the JSON file to write"))],
    page: PageFile = None,
    json_: AsJson = False,
) -> None:
    import json

    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.members.person_export import export_person
    from yihui.views.person_export import person_export_json, render_person_page

    wiring: Wiring = context.obj
    for path in filter(None, (to, page)):
        check_output_path(path)
    found = export_person(wiring, member, by, reason)
    content = json.dumps(person_export_json(found), ensure_ascii=False, indent=2)
    write_atomically(to, content + "\n")
    if page is not None:
        write_atomically(page, render_person_page(found, wiring.language))
    count = sum(map(len, found.rows.values()))
    line = wiring.render(N_("{file}: rows: {count}; give it to the person alone"), file=to, count=count)
    emit({"file": str(to), "page": str(page) if page else None, "rows": count}, [line], json_)
