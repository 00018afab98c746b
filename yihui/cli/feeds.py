"""yihui feeds: convert the files of other apps to events, by a mapping that is checked first."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.dead_letters import exit_on_dead_letters
from yihui.cli.options import AsJson, HiddenOption, NewFile, open_sheets
from yihui.cli.output import emit, exit_on_findings, print_faults, print_message, print_note, refuse_usage

if TYPE_CHECKING:
    from core.faults import Fault
    from yihui.services.events.feed_files import FeedPreview, FeedSummary
    from yihui.services.events.feeds import FeedTally

app = typer.Typer(no_args_is_help=True)

_MAPPING_HELP = N_("a mapping file, or a feed in the folders of YIHUI_FEEDS")
_Mapping = Annotated[str, typer.Argument(help=_MAPPING_HELP)]
_File = Annotated[
    Path, typer.Argument(help=N_("what the app sent: JSON, CSV or a workbook, as the mapping says"))
]
_Partial = Annotated[bool, typer.Option("--partial", help=N_("take the good records, report the others"))]
_ROWS = 5


@app.command(help=N_("Check mapping files: every fault with its place and the remedy."))
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="MAPPING…", help=N_("mapping files"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.events.feed_files import check_mapping_files
    from yihui.views.rules import rule_fault_json

    wiring: Wiring = context.obj
    findings = check_mapping_files(files)
    content = [rule_fault_json(finding, wiring.language) for finding in findings]
    emit(content, _finding_lines(wiring, findings), json_)
    exit_on_findings(any(finding.severity == "error" for finding in findings))


def _finding_lines(wiring: Wiring, findings: "Sequence[Fault]") -> Iterator[str]:
    from yihui.views.rules import rule_fault_text

    for finding in findings:
        yield rule_fault_text(finding, wiring.language)
    if not findings:
        yield wiring.render(N_("no findings"))


@app.command(
    help=N_("Show the first records of a feed beside the events that they become. Nothing is stored.")
)
def preview(
    context: typer.Context,
    mapping: _Mapping,
    file: _File,
    rows: Annotated[int, typer.Option(min=1, max=1_000, help=N_("how many records"))] = _ROWS,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.feed_files import preview_feed_file
    from yihui.views.feeds import preview_json

    wiring: Wiring = context.obj
    found = preview_feed_file(wiring, mapping, file, rows)
    both = found.records
    content = [preview_json(record, outcome, found.mapping, wiring.language) for record, outcome in both]
    emit(content, _preview_lines(wiring, found), json_)
    print_faults(wiring, () if json_ else found.unknown_fields)


def _preview_lines(wiring: Wiring, found: "FeedPreview") -> Iterator[str]:
    from yihui.views.feeds import preview_lines

    for record, outcome in found.records:
        yield from preview_lines(record, outcome, found.mapping, wiring.language)


@app.command(help=N_("Write a feed's records to a file as events, one a line. No event is processed."))
def convert(
    context: typer.Context,
    mapping: _Mapping,
    file: _File,
    out: Annotated[Path, typer.Option("--out", help=N_("the file to write, one event a line"))],
    partial: _Partial = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.feed_files import convert_feed_file
    from yihui.views.feeds import feed_tally_json, feed_tally_line

    wiring: Wiring = context.obj
    tally = convert_feed_file(wiring, mapping, file, out, partial=partial)
    _print_tally_faults(wiring, tally, json_)
    emit(feed_tally_json(tally, wiring.language), [feed_tally_line(tally, wiring.language)], json_)
    exit_on_findings(tally.faults)


@app.command(
    help=N_(
        "Process a feed's records as events, or pass them to the relay if message brokers are configured. Records that were processed before change nothing."
    )
)
def run(
    context: typer.Context, mapping: _Mapping, file: _File, partial: _Partial = False, json_: AsJson = False
) -> None:
    from yihui.services.events.feed_files import run_feed_file
    from yihui.views.feeds import feed_tally_json, feed_tally_line
    from yihui.views.outcomes import print_tally, tally_json

    wiring: Wiring = context.obj
    tally, outcomes = run_feed_file(wiring, mapping, file, partial=partial)
    _print_tally_faults(wiring, tally, json_)
    content = {**tally_json(outcomes, wiring.language), "records": feed_tally_json(tally, wiring.language)}
    emit(content, [feed_tally_line(tally, wiring.language)], json_)
    if not json_ and wiring.settings.kafka is None:
        print_tally(wiring.language, outcomes, as_json=False)
    elif not json_:
        print_message(wiring, N_("handed over to the relay: {count}"), count=tally.converted)
    exit_on_dead_letters(wiring, outcomes)
    exit_on_findings(tally.faults)


@app.command(
    help=N_(
        "Import a table (CSV or workbook) that links an app's user ids to members. The app's ids are stored as hashes only."
    )
)
def link(
    context: typer.Context,
    mapping: Annotated[str, typer.Argument(metavar="FEED", help=_MAPPING_HELP)],
    file: Annotated[Path, typer.Argument(help=N_("a table with 对方编号 and 会员代号 or 身份证号"))],
    replace: Annotated[
        bool,
        typer.Option("--replace", help=N_("overwrite the links of ids that are linked to another member")),
    ] = False,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.services.events.feed_files import import_feed_links
    from yihui.services.events.feed_mappings import find_feed_mapping

    wiring: Wiring = context.obj
    feed = find_feed_mapping(mapping, wiring.settings.feeds).feed
    new, known = import_feed_links(wiring, feed, file, open_sheets(wiring, hidden), replace=replace)
    line = wiring.render(
        N_("linked in {feed}: {new}; linked before: {known}"), feed=feed, new=new, known=known
    )
    emit({"feed": feed, "linked": new, "known": known}, [line], json_)


@app.command("list", help=N_("List the feeds in the folders of YIHUI_FEEDS, and how many ids are linked."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.events.feed_files import list_feeds

    found = list_feeds(context.obj)
    emit(found, _summary_lines(context.obj, found), json_)
    if not json_:
        print_note(context.obj, N_("feeds: {count}"), count=len(found))


def _summary_lines(wiring: Wiring, found: "Sequence[FeedSummary]") -> Iterator[str]:
    for one in found:
        linked = wiring.render(N_("ids linked: {count}"), count=one.links)
        yield f"{one.feed}  {one.title}  {one.format}  {one.source}  {linked}"


@app.command(help=N_("Write a mapping file with comments as a starting point."))
def draft(
    context: typer.Context,
    to: NewFile,
    source: Annotated[
        str,
        typer.Option("--from", metavar="app|table", help=N_("app: JSON of an app; table: CSV or workbook")),
    ] = "app",
) -> None:
    from yihui.services.events.feed_mappings import MAPPING_TEMPLATES, read_mapping_template
    from yihui.services.rules.documents import RuleFile
    from yihui.services.rules.drafts import write_draft

    wiring: Wiring = context.obj
    if source not in MAPPING_TEMPLATES:
        refuse_usage(wiring, N_("choose one of {known}"), known=", ".join(MAPPING_TEMPLATES))
    write_draft(to, RuleFile(to.name, read_mapping_template(source)))
    print_message(
        wiring, N_("written: {file}; edit it, then check it with: yihui feeds check {file}"), file=to
    )


def _print_tally_faults(wiring: Wiring, tally: "FeedTally", as_json: bool) -> None:
    """Print faults and warnings to standard error; with ``--json`` they are part of standard output."""
    print_faults(wiring, () if as_json else (*tally.faults, *tally.unknown_fields))
