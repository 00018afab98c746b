"""yihui feeds: convert the files of other apps to events, by a mapping that is checked first."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from yihui.services.feeds import FeedFileService, FeedTally

_MAPPING = N_("a mapping file, or a feed in the folders of YIHUI_FEEDS")
_FILE = N_("what the app sent: JSON, CSV or a workbook, as the mapping says")
_PARTIAL = N_("take the good records, report the others")
_JSON = N_("print JSON")
_ROWS = 5


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `feeds` command group."""
    app = typer.Typer(
        help=_("Feeds: turn what other apps send into events, by a mapping."), no_args_is_help=True
    )
    _add_check(app, _)
    _add_preview(app, _)
    _add_convert(app, _)
    _add_run(app, _)
    _add_link(app, _)
    _add_list(app, _)
    _add_draft(app, _)
    return app


def _add_check(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Check mapping files: every fault with its place and the remedy."))
    def check(
        context: typer.Context,
        files: Annotated[list[Path], typer.Argument(metavar="MAPPING…", help=_("mapping files"))],
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from events.feeds import check_feed_mapping
        from yihui.services.feed_mappings import read_mapping_text
        from yihui.views.rules import rule_fault_json, rule_fault_text

        wiring: Wiring = context.obj
        findings = [
            found for file in files for found in check_feed_mapping(file.name, read_mapping_text(file))[1]
        ]
        if json_:
            shown = [rule_fault_json(finding, wiring.language) for finding in findings]
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            for finding in findings:
                typer.echo(rule_fault_text(finding, wiring.language))
            if not findings:
                typer.echo(wiring.render(N_("no findings")))
        if any(finding.severity == "error" for finding in findings):
            raise typer.Exit(EXIT_FINDINGS)


def _add_preview(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Show the first records: theirs beside ours. Nothing is kept."))
    def preview(
        context: typer.Context,
        mapping: Annotated[str, typer.Argument(help=_(_MAPPING))],
        file: Annotated[Path, typer.Argument(help=_(_FILE))],
        rows: Annotated[int, typer.Option(min=1, max=1_000, help=_("how many records"))] = _ROWS,
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from itertools import islice

        from events.feeds import convert_records, read_records
        from yihui.views.feeds import preview_json, preview_lines

        wiring: Wiring = context.obj
        desk = _build_service(wiring, mapping, file)
        converter = desk.build_converter()
        with file.open("rb") as stream:
            records = list(islice(read_records(stream, file.name, desk.mapping), rows))
        made = convert_records(records, converter, wiring.database)
        both = zip(records, (outcome for batch in made for outcome in batch), strict=True)
        if json_:
            shown = [preview_json(item, outcome, desk.mapping, wiring.language) for item, outcome in both]
            typer.echo(json.dumps(shown, ensure_ascii=False))
            return
        for item, outcome in both:
            for line in preview_lines(item, outcome, desk.mapping, wiring.language):
                typer.echo(line)
        for fault in converter.unknown_fields.faults(file.name):
            typer.echo(fault_line(fault, wiring.language).text(), err=True)


def _add_convert(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Write a feed's records as events, one a line. Nothing is handled."))
    def convert(
        context: typer.Context,
        mapping: Annotated[str, typer.Argument(help=_(_MAPPING))],
        file: Annotated[Path, typer.Argument(help=_(_FILE))],
        out: Annotated[Path, typer.Option("--out", help=_("the file to write, one event a line"))],
        partial: Annotated[bool, typer.Option("--partial", help=_(_PARTIAL))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_not_input, check_output_path, write_lines_atomically
        from yihui.services.feeds import FeedTally
        from yihui.views.feeds import feed_tally_json, feed_tally_line

        wiring: Wiring = context.obj
        check_output_path(out)
        check_output_not_input(out, file)
        desk = _build_service(wiring, mapping, file)
        if not partial:
            _refuse_faults(desk)
        account = FeedTally()
        with _progress(wiring, file) as advance:
            write_lines_atomically(out, (event.text for event in desk.events(account, advance)))
        _print_faults(wiring, account, as_json=json_)
        if json_:
            typer.echo(json.dumps(feed_tally_json(account, wiring.language), ensure_ascii=False))
        else:
            typer.echo(feed_tally_line(account, wiring.language))
        _exit_on_faults(account)


def _add_run(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_(
            "Handle a feed's records as events, or hand them to the relay where brokers are named. "
            "What was handled before changes nothing."
        )
    )
    def run(
        context: typer.Context,
        mapping: Annotated[str, typer.Argument(help=_(_MAPPING))],
        file: Annotated[Path, typer.Argument(help=_(_FILE))],
        partial: Annotated[bool, typer.Option("--partial", help=_(_PARTIAL))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from yihui.services.feeds import FeedTally
        from yihui.services.upkeep import run_upkeep
        from yihui.views.feeds import feed_tally_json, feed_tally_line
        from yihui.views.outcomes import print_tally, tally_json

        wiring: Wiring = context.obj
        desk = _build_service(wiring, mapping, file)
        if not partial:
            _refuse_faults(desk)
        account = FeedTally()
        with _progress(wiring, file) as advance:
            tally = desk.run(account, advance)
        if wiring.settings.kafka is None:
            run_upkeep(wiring)
        _print_faults(wiring, account, as_json=json_)
        if json_:
            told = {
                **tally_json(tally, wiring.language),
                "records": feed_tally_json(account, wiring.language),
            }
            typer.echo(json.dumps(told, ensure_ascii=False))
        else:
            typer.echo(feed_tally_line(account, wiring.language))
            if wiring.settings.kafka is None:
                print_tally(wiring.language, tally, as_json=False)
            else:
                typer.echo(wiring.render(N_("handed over to the relay: {count}"), count=account.converted))
        if tally.dead:
            template = N_("dead letters: {count}; see yihui events dead-letters")
            typer.echo(wiring.render(template, count=tally.dead), err=True)
            raise typer.Exit(EXIT_FINDINGS)
        _exit_on_faults(account)


def _add_link(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Say which members an app's ids mean (CSV or workbook). Theirs are kept as hashes."))
    def link(
        context: typer.Context,
        mapping: Annotated[str, typer.Argument(metavar="FEED", help=_(_MAPPING))],
        file: Annotated[Path, typer.Argument(help=_("a table with 对方编号 and 会员代号 or 身份证号"))],
        replace: Annotated[
            bool,
            typer.Option("--replace", help=_("let the file win where an id is linked to another member")),
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from yihui.services.feed_links import import_feed_links
        from yihui.services.feed_mappings import find_feed_mapping

        wiring: Wiring = context.obj
        feed = find_feed_mapping(mapping, wiring.settings.feeds).feed
        new, known = import_feed_links(wiring, feed, file, replace=replace)
        if json_:
            typer.echo(json.dumps({"feed": feed, "linked": new, "known": known}))
        else:
            told = N_("linked in {feed}: {new}; linked before: {known}")
            typer.echo(wiring.render(told, feed=feed, new=new, known=known))


def _add_list(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command("list", help=_("List the feeds in the folders of YIHUI_FEEDS, and how many ids are linked."))
    def list_(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_(_JSON))] = False,
    ) -> None:
        from members import count_feed_links
        from yihui.services.feed_mappings import FeedMappingRepository

        wiring: Wiring = context.obj
        mappings = FeedMappingRepository(wiring.settings.feeds).all()
        with wiring.database.read() as connection:
            links = count_feed_links(connection)
        rows = [
            {
                "feed": feed,
                "title": mapping.title,
                "source": mapping.source,
                "format": mapping.format,
                "types": sorted({event.type for event in mapping.events}),
                "links": links.get(feed, 0),
            }
            for feed, mapping in sorted(mappings.items())
        ]
        if json_:
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            linked = wiring.render(N_("ids linked: {count}"), count=row["links"])
            typer.echo(f"{row['feed']}  {row['title']}  {row['format']}  {row['source']}  {linked}")
        typer.echo(wiring.render(N_("feeds: {count}"), count=len(rows)), err=True)


def _add_draft(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Write a mapping with comments, to begin with."))
    def draft(
        context: typer.Context,
        to: Annotated[Path, typer.Option(help=_("the file to write; it must not be there yet"))],
        source: Annotated[
            str,
            typer.Option(
                "--from", metavar="app|table", help=_("app: JSON of an app; table: CSV or workbook")
            ),
        ] = "app",
    ) -> None:
        from yihui.services.feed_mappings import MAPPING_TEMPLATES, read_mapping_template
        from yihui.services.rule_drafts import RuleDraft, write_draft

        wiring: Wiring = context.obj
        if source not in MAPPING_TEMPLATES:
            raise typer.BadParameter(
                wiring.render(N_("choose one of {known}"), known=", ".join(MAPPING_TEMPLATES))
            )
        write_draft(to, RuleDraft(read_mapping_template(source)))
        told = N_("written: {file}; edit it, then check it with: yihui feeds check {file}")
        typer.echo(wiring.render(told, file=to))


def _build_service(wiring: Wiring, mapping: str, file: Path) -> "FeedFileService":
    from yihui.services.feed_mappings import find_feed_mapping
    from yihui.services.feeds import FeedFileService

    return FeedFileService(wiring, find_feed_mapping(mapping, wiring.settings.feeds), file)


def _progress(wiring: Wiring, file: Path) -> "AbstractContextManager[Callable[[int], None]]":
    from yihui.runtime.progress import show_progress

    return show_progress(wiring.render(N_("converting records")), file.stat().st_size)


def _refuse_faults(desk: "FeedFileService") -> None:
    """Check every record before the first one is written.

    *Raises*: FaultError with all faults of all records.
    """
    from core.faults import FaultError

    with _progress(desk.wiring, desk.file) as advance:
        account = desk.check_records(advance)
    if account.faults:
        raise FaultError(account.faults)


def _print_faults(wiring: Wiring, account: "FeedTally", *, as_json: bool) -> None:
    """Print faults and warnings to standard error; with ``--json`` they are part of standard output."""
    for fault in () if as_json else (*account.faults, *account.unknown_fields):
        typer.echo(fault_line(fault, wiring.language).text(), err=True)


def _exit_on_faults(account: "FeedTally") -> None:
    if account.faults:
        raise typer.Exit(EXIT_FINDINGS)
