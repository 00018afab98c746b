"""yihui ledger: verify, export and seal it, and balances."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_lines

app = typer.Typer(no_args_is_help=True)

_FAULTS = FaultTable(
    "usage",
    {
        "key_without_heads": (
            N_("a key is given, but no heads to check with it"),
            N_("add --heads FILE"),
        ),
    },
)
heads_app = typer.Typer(
    help=N_(
        "Heads of the chains: signed, sent to where nobody can rewrite them, compared by verify --heads."
    ),
    no_args_is_help=True,
)
app.add_typer(heads_app, name="heads")


@app.command(
    help=N_(
        "Recompute the whole ledger from its rows; name every row that does not agree. Whoever can write to the "
        "database can also make its hashes agree: only --heads, published before and kept elsewhere, shows that."
    )
)
def verify(
    context: typer.Context,
    export: Annotated[
        Path | None, typer.Option("--export", help=N_("verify this export; no database is needed"))
    ] = None,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            help=N_("compare with the chain heads in this file (….heads.json); may be repeated"),
            metavar="FILE",
        ),
    ] = None,
    heads_key: Annotated[
        list[Path] | None,
        typer.Option(
            "--heads-key",
            help=N_("trust heads only if they are signed by this public key (PEM); may be repeated"),
            metavar="FILE",
        ),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute",
            help=N_("compute every decision again from its event and the facts of that day, not a sample"),
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.ledger.heads import prove_heads
    from yihui.services.ledger.ledger import verify_ledger_or_export
    from yihui.views.heads import proof_json, proof_lines
    from yihui.views.ledger import verification_json, verification_lines

    wiring: Wiring = context.obj
    if not heads and heads_key:
        raise FaultError(_FAULTS.build("key_without_heads", field="--heads-key"))
    proofs = prove_heads(wiring, heads or (), heads_key or ())
    published = [head for proof in proofs for head in proof.published.heads]
    found = verify_ledger_or_export(wiring, export, published, recompute_all=recompute)
    lines = verification_lines(found, wiring.language, with_heads=bool(heads))
    content = {**verification_json(found, wiring.language), "heads": [*map(proof_json, proofs)]}
    emit(
        content, [*proof_lines([one.summary for one in proofs], wiring.language), *lines], json_, default=str
    )
    exit_on_findings(found.disagreements)


@app.command(help=N_("Write the canonical export: one JSON object a line, the same for the same ledger."))
def export(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            help=N_("a file, with the chain heads beside it (….heads.json); standard output unless said")
        ),
    ] = None,
    seals: Annotated[
        bool,
        typer.Option(
            "--seals",
            help=N_(
                "with hash chains, times, acts and days due, so that `verify --export` checks all that it checks in the database"
            ),
        ),
    ] = False,
) -> None:
    from yihui.files.whole_files import check_output_path, write_lines_atomically
    from yihui.services.ledger.ledger import open_ledger_export, write_ledger_heads

    if out is not None:
        check_output_path(out)
        write_ledger_heads(context.obj, out)
    with open_ledger_export(context.obj, seals=seals) as lines:
        if out is not None:
            write_lines_atomically(out, lines)
        else:
            print_lines(lines)


@app.command(
    help=N_("Seal what was committed into the hash chains, and show the last seal of each, to be noted down.")
)
def seal(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.ledger import seal_ledger
    from yihui.views.ledger import seal_lines

    sealed = seal_ledger(context.obj)
    emit(asdict(sealed), seal_lines(sealed, context.obj.language), json_, default=str)


@heads_app.command(help=N_("Show the public key that heads are signed with, or write it to a file (PEM)."))
def key(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help=N_("the file to be written"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.ledger_heads import render_public_key
    from yihui.files.whole_files import write_atomically
    from yihui.runtime.identity_key import key_id

    wiring: Wiring = context.obj
    public_key = wiring.heads_signer.public_key
    pem, name = render_public_key(public_key), key_id(public_key)
    if to is not None:
        write_atomically(to, pem, public=True)
    lines = [wiring.render(N_("key {key}"), key=name), *([] if to else pem.splitlines())]
    emit({"key_id": name, "public_key": pem}, lines, json_)


@heads_app.command(
    help=N_("Seal what was committed, and send the heads to every receiver (YIHUI_HEADS_TO) that lacks them.")
)
def send(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.heads import send_heads
    from yihui.services.ledger.ledger import seal_ledger
    from yihui.views.heads import delivery_json, delivery_lines

    wiring: Wiring = context.obj
    seal_ledger(wiring)
    done = send_heads(wiring)
    content = [delivery_json(one, wiring.language) for one in done]
    emit(content, delivery_lines(done, wiring.language), json_)
    exit_on_findings([one for one in done if one.state == "failed"])


@app.command(
    help=N_(
        "Put the guards of sealed rows back, and on PostgreSQL grant the group yihui_application what it needs. For the database's owner."
    )
)
def protect(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.ledger import protect_ledger
    from yihui.views.ledger import protection_lines

    done = protect_ledger(context.obj)
    emit(done, protection_lines(done, context.obj.language), json_)


@app.command(help=N_("Show what every account holds; what went out of an account is negative."))
def balances(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.ledger import list_ledger_balances
    from yihui.views.ledger import balance_lines

    found = list_ledger_balances(context.obj)
    emit(found, balance_lines(found, context.obj.language), json_)
