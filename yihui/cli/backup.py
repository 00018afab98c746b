"""yihui backup, yihui restore: write the whole database to one verifiable file, and restore it or try it out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_faults, print_note, usage_error

top_level = typer.Typer()

_WRITTEN = N_("{file}: {rows} rows in {tables} tables, {size} bytes, SHA-256 {sha256}")
_NOT_IN_IT = N_(
    "it holds personal data: keep it as safe as the database; not in it: the keys (identity, vault, vouchers), a vault in a database of its own, and rule files outside"
)
_ENCRYPTED = N_(
    "it is encrypted; keep the secret key elsewhere, and the installation's keys apart: yihui keys backup"
)
_HEADS = N_(
    "{file}: the ledger's chain heads, without personal data; publish or keep them elsewhere: yihui ledger verify --heads"
)
_RESTORED = N_("{target}: {rows} rows as of {as_of}")
_SOUND = N_("decisions: {decisions}, grants: {grants}; the ledger agrees, work can go on")
_UNSOUND = N_("the restored ledger does not agree with itself, rows: {count}; see `yihui ledger verify`")


_DRILLED = N_("restored within {minutes} minutes: {rows} rows as of {as_of}, {age} hours old")
_LACKS = N_("decisions that the database has since then, and the backup lacks: {count}")
_DELETED = N_("deleted: {file}")
_RECIPIENTS = "YIHUI_BACKUP_RECIPIENTS"
Recipients = Annotated[
    list[str] | None,
    typer.Option(
        "--recipient",
        envvar=_RECIPIENTS,
        help=N_("a public key of age to which the backup is encrypted; several may be given"),
    ),
]
Identity = Annotated[
    Path | None, typer.Option(help=N_("the file with the secret key, if the backup is encrypted"))
]


def refuse_blank_recipients(recipient: list[str] | None) -> None:
    """Refuse a variable that a template has left empty: otherwise the backup would lie in clear.

    *Raises*: FaultError.
    """
    from yihui.files.age_files import check_recipients

    given = os.environ.get(_RECIPIENTS)
    if not recipient and given is not None:
        check_recipients([given])


@top_level.command()
def backup(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help=N_("the file to be written"))] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help=N_("a folder: the backup gets a name with date and time there, and old backups are deleted")
        ),
    ] = None,
    keep_daily: Annotated[
        int, typer.Option(min=0, help=N_("for how many days the last backup of each day is kept"))
    ] = 7,
    keep_weekly: Annotated[
        int, typer.Option(min=0, help=N_("for how many weeks the last backup of each week is kept"))
    ] = 5,
    keep_monthly: Annotated[
        int, typer.Option(min=0, help=N_("for how many months the last backup of each month is kept"))
    ] = 12,
    recipient: Recipients = None,
    force: Annotated[bool, typer.Option(help=N_("replace a file that is there"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.files.ledger_heads import heads_path
    from yihui.services.operation.backup import back_up_database
    from yihui.services.operation.backup_folder import Retention, back_up_into_folder

    wiring: Wiring = context.obj
    refuse_blank_recipients(recipient)
    deleted: Sequence[Path] = ()
    if force and into is not None:
        raise usage_error(wiring, N_("--into never replaces a file; leave --force out"), option="--force")
    if to is not None and into is None:
        made = back_up_database(wiring, to, force=force, recipients=recipient or ())
    elif into is not None and to is None:
        kept = Retention(keep_daily, keep_weekly, keep_monthly)
        done = back_up_into_folder(wiring, into, kept, recipients=recipient or ())
        made, deleted = done.summary, done.deleted
    else:
        raise typer.BadParameter(wiring.render(N_("give either --to or --into")))
    content = {
        "file": str(made.file),
        "revision": made.revision,
        "tables": len(made.rows),
        "rows": sum(made.rows.values()),
        "size": made.size,
        "sha256": made.sha256,
        "heads": str(heads_path(made.file)),
        "encrypted": bool(recipient),
        "deleted": [str(path) for path in deleted],
    }
    lines = [wiring.render(_WRITTEN, **content)]
    lines += [wiring.render(_DELETED, file=str(path)) for path in deleted]
    emit(content, lines, json_)
    print_note(wiring, _ENCRYPTED if recipient else _NOT_IN_IT)
    print_note(wiring, _HEADS, file=content["heads"])


@top_level.command()
def restore(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help=N_("a file that `yihui backup` has written; with --drill also its folder"))
    ],
    identity: Identity = None,
    drill: Annotated[
        bool,
        typer.Option(
            "--drill", help=N_("only try it out: how long it takes and what would be lost; touches nothing")
        ),
    ] = False,
    force: Annotated[bool, typer.Option(help=N_("replace all that the database holds"))] = False,
    json_: AsJson = False,
) -> None:
    from core.civil_time import format_civil_instant
    from yihui.services.operation.backup import restore_database

    wiring: Wiring = context.obj
    if drill and force:
        raise usage_error(wiring, N_("--drill replaces nothing; leave --force out"), option="--force")
    if drill:
        _drill(wiring, file, identity, json_=json_)
        return
    restored = restore_database(wiring, file, force=force, identity=identity)
    done, found = restored.summary, restored.verification
    content = {
        "target": restored.target,
        "revision": done.revision,
        "made_at": done.made_at.isoformat(),
        "rows": sum(done.rows.values()),
        "decisions": found.decisions,
        "grants": found.grants,
        "sound": not found.disagreements and not restored.missing,
        "count": len(found.disagreements),
        "as_of": format_civil_instant(done.made_at),
    }
    verdict = _UNSOUND if found.disagreements else _SOUND
    emit(content, [wiring.render(_RESTORED, **content), wiring.render(verdict, **content)], json_)
    print_faults(wiring, restored.missing)
    exit_on_findings((*found.disagreements, *restored.missing))


def _drill(wiring: Wiring, file: Path, identity: Path | None, *, json_: bool) -> None:
    from core.civil_time import format_civil_instant
    from yihui.services.operation.backup import drill_restore
    from yihui.services.operation.backup_folder import require_newest_backup

    if file.is_dir():
        file = require_newest_backup(file)
    report = drill_restore(wiring, file, identity=identity)
    found = report.verification
    content = {
        "file": str(file),
        "made_at": report.summary.made_at.isoformat(),
        "rows": sum(report.summary.rows.values()),
        "decisions": found.decisions,
        "grants": found.grants,
        "sound": not found.disagreements and not report.missing,
        "count": len(found.disagreements),
        "seconds": round(report.seconds, 1),
        "age_seconds": round(report.age.total_seconds()),
        "decisions_since": report.decisions_since,
    }
    shown = {
        "minutes": f"{report.seconds / 60:.1f}",
        "rows": content["rows"],
        "as_of": format_civil_instant(report.summary.made_at),
        "age": f"{report.age.total_seconds() / 3600:.1f}",
    }
    lines = [wiring.render(_DRILLED, **shown)]
    if report.decisions_since is not None:
        lines.append(wiring.render(_LACKS, count=report.decisions_since))
    lines.append(wiring.render(_UNSOUND if found.disagreements else _SOUND, **content))
    emit(content, lines, json_)
    print_faults(wiring, report.missing)
    exit_on_findings((*found.disagreements, *report.missing))
