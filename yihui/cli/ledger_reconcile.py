"""yihui ledger reconcile: a merchant's invoice against what was redeemed, to the fen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]

_SHOWN = 40


def add_to(app: typer.Typer, _: Text) -> None:
    @app.command(
        help=_("Compare a merchant's invoice with what was redeemed; every difference is named or listed.")
    )
    def reconcile(
        context: typer.Context,
        invoice: Annotated[Path, typer.Option(help=_("the invoice (XLSX, CSV)"))],
        mapping: Annotated[
            Path | None, typer.Option(help=_("what its columns mean (YAML); guessed otherwise"))
        ] = None,
        merchant: Annotated[str | None, typer.Option(help=_("whose invoice it is"))] = None,
        since: Annotated[
            str | None, typer.Option("--from", help=_("first day of the period"), metavar="DATE")
        ] = None,
        until: Annotated[str | None, typer.Option(help=_("last day of the period"), metavar="DATE")] = None,
        tolerate: Annotated[
            list[str] | None,
            typer.Option(
                help=_("what is let pass and why, such as rounding:99=by contract; may be repeated"),
                metavar="KIND[:LIMIT]=REASON",
            ),
        ] = None,
        xlsx: Annotated[Path | None, typer.Option(help=_("write a workbook"))] = None,
        html: Annotated[Path | None, typer.Option(help=_("write a page for screen and paper"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.files.whole_files import check_other, check_place, write_whole
        from yihui.runtime.arguments import day
        from yihui.services.invoices import Order, as_json, carry_out, row_text, summary, tolerances_of

        wiring: Wiring = context.obj
        order = Order(
            invoice,
            mapping,
            merchant,
            day(since, "--from") if since else None,
            day(until, "--until") if until else None,
            tolerances_of(tolerate or []),
        )
        for out in filter(None, (xlsx, html)):
            check_place(out)
            check_other(out, invoice, mapping)
        result = carry_out(wiring, order)
        if xlsx is not None:
            from yihui.views.invoice_workbook import write_workbook

            write_whole(xlsx, write_workbook(result, wiring.language, wiring.now()))
        if html is not None:
            from yihui.views.invoice_page import page

            write_whole(html, page(result, wiring.language, wiring.now()))
        for note in result.notes:
            typer.echo(fault_line(note, wiring.language).text(), err=True)
        if json_:
            typer.echo(json.dumps(as_json(result, wiring.language), ensure_ascii=False))
        else:
            found = result.found
            differing = [row for row in (*found.rows, *found.totals) if row.state == "differs"]
            for row in differing[:_SHOWN]:
                place = row.row if row.row is not None else "—"
                typer.echo(f"{place:>6}  {row.reference}  {row_text(row, wiring.language)}")
            if len(differing) > _SHOWN:
                more = N_("… and {count} more, see --json")
                typer.echo(wiring.say(more, count=len(differing) - _SHOWN))
            for line in summary(result, wiring.language):
                typer.echo(line)
        if not result.found.is_clean:
            raise typer.Exit(EXIT_FINDINGS)
