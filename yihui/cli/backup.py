"""yihui backup, yihui restore: write the whole database to one verifiable file, and restore it."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_note

top_level = typer.Typer()

_WRITTEN = N_("{file}: {rows} rows in {tables} tables, {size} bytes, SHA-256 {sha256}")
_NOT_IN_IT = N_(
    "it holds personal data: keep it as safe as the database; not in it: the keys (identity, vault, vouchers), a vault in a database of its own, and rule files outside"
)
_HEADS = N_(
    "{file}: the ledger's chain heads, without personal data; publish or keep them elsewhere: yihui ledger verify --heads"
)
_RESTORED = N_("{target}: {rows} rows as of {as_of}")
_SOUND = N_("decisions: {decisions}, grants: {grants}; the ledger agrees, work can go on")
_UNSOUND = N_("the restored ledger does not agree with itself, rows: {count}; see `yihui ledger verify`")


@top_level.command(help=N_("Back up the whole database to one file; work can go on meanwhile."))
def backup(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help=N_("the file to be written"))],
    force: Annotated[bool, typer.Option(help=N_("replace a file that is there"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.files.ledger_heads import heads_path
    from yihui.services.operation.backup import back_up_database

    wiring: Wiring = context.obj
    made = back_up_database(wiring, to, force=force)
    content = {
        "file": str(made.file),
        "revision": made.revision,
        "tables": len(made.rows),
        "rows": sum(made.rows.values()),
        "size": made.size,
        "sha256": made.sha256,
        "heads": str(heads_path(made.file)),
    }
    emit(content, [wiring.render(_WRITTEN, **content)], json_)
    print_note(wiring, _NOT_IN_IT)
    print_note(wiring, _HEADS, file=content["heads"])


@top_level.command(
    help=N_("Restore a backup into an empty database (--db), all of it or nothing, and verify the ledger.")
)
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("a file that `yihui backup` has written"))],
    force: Annotated[bool, typer.Option(help=N_("replace all that the database holds"))] = False,
    json_: AsJson = False,
) -> None:
    from core.civil_time import format_civil_instant
    from yihui.services.operation.backup import restore_database

    wiring: Wiring = context.obj
    restored = restore_database(wiring, file, force=force)
    done, found = restored.summary, restored.verification
    content = {
        "target": restored.target,
        "revision": done.revision,
        "made_at": done.made_at.isoformat(),
        "rows": sum(done.rows.values()),
        "decisions": found.decisions,
        "grants": found.grants,
        "sound": not found.disagreements,
        "count": len(found.disagreements),
        "as_of": format_civil_instant(done.made_at),
    }
    verdict = _UNSOUND if found.disagreements else _SOUND
    emit(content, [wiring.render(_RESTORED, **content), wiring.render(verdict, **content)], json_)
    exit_on_findings(found.disagreements)
