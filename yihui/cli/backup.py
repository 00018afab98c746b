"""yihui backup, yihui restore: write the whole database to one verifiable file, and restore it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

_WRITTEN = N_("{file}: {rows} rows in {tables} tables, {size} bytes, SHA-256 {sha256}")
_NOT_IN_IT = N_(
    "it holds personal data: keep it as safe as the database; not in it: the identity key and rule files outside"
)
_RESTORED = N_("{target}: {rows} rows as of {as_of}")
_SOUND = N_("decisions: {decisions}, grants: {grants}; the ledger agrees, work can go on")
_UNSOUND = N_("the restored ledger does not agree with itself, rows: {count}; see `yihui ledger verify`")


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `backup` and `restore` commands."""

    @app.command(help=_("Write all that the database holds into one file; work can go on meanwhile."))
    def backup(
        context: typer.Context,
        to: Annotated[Path, typer.Option(help=_("the file to be written"))],
        force: Annotated[bool, typer.Option(help=_("replace a file that is there"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from store import write_backup
        from yihui.files.whole_files import check_output_path
        from yihui.runtime.progress import show_progress

        wiring: Wiring = context.obj
        check_output_path(to)
        with show_progress(wiring.render(N_("writing the backup")), 1000) as advance:
            made = write_backup(wiring.database, to, wiring.now(), advance, force=force)
        content = {
            "file": str(made.file),
            "revision": made.revision,
            "tables": len(made.rows),
            "rows": sum(made.rows.values()),
            "size": made.size,
            "sha256": made.sha256,
        }
        _print_content(wiring, content, _WRITTEN, json_=json_)
        typer.echo(wiring.render(_NOT_IN_IT), err=True)

    @app.command(help=_("Put a backup into an empty database (--db), all of it or nothing, and verify it."))
    def restore(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("a file that `yihui backup` has written"))],
        force: Annotated[bool, typer.Option(help=_("replace all that the database holds"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import verify_ledger
        from core.civil_time import format_civil_instant
        from store import check_backup
        from store import restore_backup as put_back
        from yihui.runtime.progress import show_progress

        wiring: Wiring = context.obj
        with show_progress(wiring.render(N_("checking the backup")), file.stat().st_size) as advance:
            total = check_backup(file, advance).total_rows
        database = wiring.open_unmigrated()
        try:
            with show_progress(wiring.render(N_("restoring")), total) as advance:
                done = put_back(database, file, advance, force=force)
            with database.read() as connection:
                found = verify_ledger(connection)
        finally:
            database.close()
        content = {
            "target": database.target,
            "revision": done.revision,
            "made_at": done.made_at.isoformat(),
            "rows": sum(done.rows.values()),
            "decisions": found.decisions,
            "grants": found.grants,
            "sound": not found.disagreements,
            "count": len(found.disagreements),
        }
        content["as_of"] = format_civil_instant(done.made_at)
        _print_content(wiring, content, _RESTORED, _UNSOUND if found.disagreements else _SOUND, json_=json_)
        if found.disagreements:
            raise typer.Exit(EXIT_FINDINGS)


def _print_content(wiring: Wiring, content: Mapping[str, object], *templates: str, json_: bool) -> None:
    if json_:
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    for template in templates:
        typer.echo(wiring.render(template, **content))
