"""yihui ledger dossier: all records of one benefit, found by a payment, a grant or a posting."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

Translator = Callable[[str], str]


def add_commands(app: typer.Typer, _: Translator) -> None:
    """Add the `dossier` command."""

    @app.command(
        help=_("The whole way of one benefit: document, rule, event, decision, postings, seal, bank.")
    )
    def dossier(
        context: typer.Context,
        payment: Annotated[
            str | None, typer.Option(help=_("a payment's reference, or the bank's own number"))
        ] = None,
        grant: Annotated[str | None, typer.Option(help=_("a grant's id"))] = None,
        posting: Annotated[int | None, typer.Option(help=_("a posting's number"))] = None,
        html: Annotated[Path | None, typer.Option(help=_("write a page for screen and paper"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import DossierKey
        from yihui.files.whole_files import write_atomically
        from yihui.services.dossier import find_dossier
        from yihui.views.dossier import dossier_json, dossier_lines, render_dossier_page

        wiring: Wiring = context.obj
        _check_one(payment, grant, posting)
        found = find_dossier(wiring, DossierKey(payment, grant, posting))
        if html is not None:
            write_atomically(html, render_dossier_page(found, wiring.language, wiring.now()))
        if json_:
            typer.echo(json.dumps(dossier_json(found), ensure_ascii=False, default=str))
        elif html is None:
            for line in dossier_lines(found, wiring.language):
                typer.echo(line)


def _check_one(payment: str | None, grant: str | None, posting: int | None) -> None:
    """Raise WrongValue unless exactly one of the three keys is given."""
    from core.faults import Fault
    from yihui.runtime.arguments import WrongValue

    given = [mark for mark in (payment, grant, posting) if mark is not None]
    if len(given) != 1:
        fault = Fault(
            N_("{value} marks are given; it must be one"),
            N_("give --payment, --grant or --posting"),
            field="--payment",
            value=str(len(given)),
        )
        raise WrongValue([fault])
