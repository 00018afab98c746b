"""yihui keys: the key of backups, and a backup of the installation's keys apart from its data."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_note

app = typer.Typer()

_PUBLIC = N_("public key, for --recipient or YIHUI_BACKUP_RECIPIENTS: {key}")
_SECRET = N_(
    "the secret key is in {file}; keep it on another machine: without it no encrypted backup can be read"
)
_BACKED_UP = N_("{file} holds, encrypted: {names}")
_RESTORED = N_("put into {folder}: {names}")


@app.command("new", help=N_("Make a pair of keys for encrypted backups: a file with the secret one."))
def create_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the file to be written; it must not be there yet"))],
    json_: AsJson = False,
) -> None:
    from yihui.files.age_files import create_identity

    wiring: Wiring = context.obj
    public = create_identity(file)
    emit({"public": public, "file": str(file)}, [wiring.render(_PUBLIC, key=public)], json_)
    print_note(wiring, _SECRET, file=str(file))


@app.command("backup", help=N_("Write all keys of this installation to one encrypted file."))
def back_up_all(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help=N_("the file to be written; it must not be there yet"))],
    recipient: Annotated[
        list[str],
        typer.Option(
            "--recipient",
            envvar="YIHUI_BACKUP_RECIPIENTS",
            help=N_("a public key of age to which the file is encrypted; several may be given"),
        ),
    ],
    json_: AsJson = False,
) -> None:
    from yihui.services.operation.key_archive import back_up_keys

    wiring: Wiring = context.obj
    names = back_up_keys(wiring, to, recipient)
    said = wiring.render(_BACKED_UP, file=str(to), names=wiring.language.format_list(names))
    emit({"file": str(to), "names": names}, [said], json_)


@app.command("restore", help=N_("Put the keys of such a file into the data folder, all of them or none."))
def restore_all(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("a file that `yihui keys backup` has written"))],
    identity: Annotated[Path, typer.Option(help=N_("the file with the secret key"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.operation.key_archive import restore_keys

    wiring: Wiring = context.obj
    names = restore_keys(wiring, file, identity)
    folder = str(wiring.data_folder)
    said = wiring.render(_RESTORED, folder=folder, names=wiring.language.format_list(names))
    emit({"folder": folder, "names": names}, [said], json_)
