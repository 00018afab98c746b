"""yihui members: the list, a member, what is done to her; import rolls, erase a person."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import vault
from yihui.cli.options import (
    AsJson,
    By,
    HiddenOption,
    MemberArgument,
    OnlyMember,
    PageFile,
    RecordedReason,
    open_sheets,
)
from yihui.cli.output import emit, exit_on_findings, print_faults, print_note
from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

if TYPE_CHECKING:
    from yihui.services.members.roll_import import RollCheck

app = typer.Typer(no_args_is_help=True)
_SHOWN_FAULTS = 20
_STORED = N_("persons written to the vault: {count}; the others stand there already")
_IGNORED = N_(
    "not read and not stored: {columns}; there is no key of the vault (yihui members vault create-key)"
)


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


add_commands(app, load_noun("yihui.cases.members.pages:NOUN"))
add_commands(app, load_noun("yihui.cases.cards.pages:NOUN"))
app.add_typer(vault.app, name="vault")
app.add_typer(build_group(load_noun("yihui.cases.corrections.pages:NOUN")), name="corrections")


@app.command(
    "import", help=N_("Import a roll (CSV or workbook). ID numbers become pseudonyms and are not kept.")
)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the roll, a table with 身份证号, 组织代码, 入会日期 …"))],
    partial: Annotated[
        bool, typer.Option("--partial", help=N_("import the good rows, report the others"))
    ] = False,
    organisation: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=N_("the organisation of everybody on a roll that names none")),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="YAML", help=N_("further names of columns and words: columns: {…} · words: {…}")
        ),
    ] = None,
    layer: Annotated[str | None, typer.Option(help=N_("sheet of a workbook"))] = None,
    hidden: HiddenOption = "refuse",
    preview: Annotated[
        bool, typer.Option("--preview", help=N_("show what it would do, and do nothing"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.members.roll_import import RollOrder, import_roll, preview_roll
    from yihui.views.outcomes import print_tally

    wiring: Wiring = context.obj
    order = RollOrder(file, organisation, columns, layer)
    if preview:
        _show_check(wiring, preview_roll(wiring, order, open_sheets(wiring, hidden)), json_)
        return
    done = import_roll(wiring, order, open_sheets(wiring, hidden), partial=partial)
    faults = done.faults
    print_tally(wiring.language, done.tally, as_json=json_)
    if done.stored_persons is not None:
        print_note(wiring, _STORED, count=done.stored_persons)
    elif done.ignored_headers:
        print_note(wiring, _IGNORED, columns=wiring.language.format_list(done.ignored_headers))
    print_faults(wiring, faults[:_SHOWN_FAULTS])
    if faults:
        print_note(wiring, N_("rows not imported: {count}"), count=f"{done.faulty_rows:,}")
    if done.left_out:
        print_note(wiring, N_("rows that list no member: {count}"), count=f"{done.left_out:,}")
    exit_on_findings(faults)


def _show_check(wiring: Wiring, check: "RollCheck", json_: bool) -> None:
    """Print what a roll would come to, and its first members, masked, for an officer to compare with the file."""
    from members.persons import mask_person

    first = [
        {
            "row": one.row,
            **mask_person(one.person),
            "organisation": one.payload.organisation,
            "joined_on": one.payload.joined_on,
        }
        for one in check.first
    ]
    counts = {"members": check.good, "faulty_rows": check.faulty_rows, "left_out": check.left_out}
    lines = [
        wiring.render(
            N_(
                "would be imported: {members}; rows with faults: {faulty_rows}; rows that list no member: {left_out}"
            ),
            **counts,
        ),
        *(
            wiring.render(N_("row {row}: {person}"), row=row, person=" · ".join(map(str, rest)))
            for row, *rest in map(dict.values, first)
        ),
    ]
    emit({**counts, "first": first}, lines, json_)
    print_faults(wiring, check.faults[:_SHOWN_FAULTS])
    exit_on_findings(check.faults)


@app.command(
    help=N_("List the decisions that would differ if what arrived late had arrived in time; nothing changes.")
)
def late(context: typer.Context, member: OnlyMember = None, json_: AsJson = False) -> None:
    from yihui.cases.members.memberships import load_late_differences
    from yihui.views.memberships import late_lines

    wiring: Wiring = context.obj
    found = load_late_differences(wiring, member)
    emit([asdict(one) for one in found], late_lines(found, wiring.language), json_, default=str)


@app.command(
    help=N_(
        "Erase a person: facts, events, applications, what decisions read, the words of appeals. The pseudonym stays in the books."
    )
)
def erase(
    context: typer.Context, member: MemberArgument, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from yihui.services.members.erasure import erase_member_data

    wiring: Wiring = context.obj
    done = erase_member_data(wiring, member, by, reason)
    template = (
        N_("nothing was left to erase of {member}")
        if done.act is None
        else N_("erased of {member}: {rows} rows; act {act} says who did it and why")
    )
    content = {"rows": done.rows, "act": done.act}
    emit(content, [wiring.render(template, member=member, rows=done.rows, act=done.act)], json_)
