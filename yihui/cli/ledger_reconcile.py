"""yihui ledger reconcile: compare a merchant's invoice with the redemptions, to the fen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

Translator = Callable[[str], str]

_SHOWN = 40


def add_commands(app: typer.Typer, _: Translator) -> None:
    """Add the `reconcile` command."""

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
        from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
        from yihui.runtime.arguments import parse_day
        from yihui.services.invoices import (
            ReconciliationOrder,
            parse_tolerances,
            reconcile_invoice,
            reconciliation_json,
            reconciliation_summary,
            row_findings_text,
        )

        wiring: Wiring = context.obj
        order = ReconciliationOrder(
            invoice,
            mapping,
            merchant,
            parse_day(since, "--from") if since else None,
            parse_day(until, "--until") if until else None,
            parse_tolerances(tolerate or []),
        )
        for out in filter(None, (xlsx, html)):
            check_output_path(out)
            check_output_not_input(out, invoice, mapping)
        result = reconcile_invoice(wiring, order)
        if xlsx is not None:
            from yihui.views.invoice_workbook import render_reconciliation_xlsx

            write_atomically(xlsx, render_reconciliation_xlsx(result, wiring.language, wiring.now()))
        if html is not None:
            from yihui.views.invoice_page import render_reconciliation_page

            write_atomically(html, render_reconciliation_page(result, wiring.language, wiring.now()))
        for note in result.notes:
            typer.echo(fault_line(note, wiring.language).text(), err=True)
        if json_:
            typer.echo(json.dumps(reconciliation_json(result, wiring.language), ensure_ascii=False))
        else:
            found = result.found
            differing = [row for row in (*found.rows, *found.totals) if row.state == "differs"]
            for row in differing[:_SHOWN]:
                place = row.row if row.row is not None else "—"
                typer.echo(f"{place:>6}  {row.reference}  {row_findings_text(row, wiring.language)}")
            if len(differing) > _SHOWN:
                more = N_("… and {count} more, see --json")
                typer.echo(wiring.render(more, count=len(differing) - _SHOWN))
            for line in reconciliation_summary(result, wiring.language):
                typer.echo(line)
        if not result.found.is_clean:
            raise typer.Exit(EXIT_FINDINGS)
