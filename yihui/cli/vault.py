"""yihui members vault: create and rotate the key of the vault of persons, and show its state."""

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_note

app = typer.Typer(
    help=N_("The vault of names, phone numbers and ID numbers: its key and its state."), no_args_is_help=True
)

_CREATED = N_("{place}: the vault's key; keep a copy apart from backups: without it nobody reads the vault")


@app.command(
    "create-key", help=N_("Create the vault's first key. Without a key no name and no number is stored.")
)
def create_key(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault_upkeep import create_vault_key

    wiring: Wiring = context.obj
    place = create_vault_key(wiring)
    emit({"place": place}, [wiring.render(_CREATED, place=place)], json_)


@app.command(help=N_("Show where the vault is, which keys are at hand, and how many persons each key has."))
def status(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault_upkeep import load_vault_status
    from yihui.views.vault import vault_status_json, vault_status_lines

    wiring: Wiring = context.obj
    found = load_vault_status(wiring)
    emit(vault_status_json(found), vault_status_lines(found, wiring.language), json_)
    exit_on_findings(found.unknown)


@app.command(
    help=N_(
        "Encrypt the whole vault with a new key, while others go on reading and writing. If it was interrupted, it goes on where it stopped."
    )
)
def rotate(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault_upkeep import rotate_vault
    from yihui.views.vault import vault_rotation_lines

    wiring: Wiring = context.obj
    done = rotate_vault(wiring)
    emit(done, vault_rotation_lines(done, wiring.language), json_)
    exit_on_findings(done.unreadable)


@app.command(help=N_("Move the vault's rows from the main database to its own (YIHUI_VAULT_URL)."))
def move(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault_upkeep import move_to_separate_vault

    wiring: Wiring = context.obj
    moved = move_to_separate_vault(wiring)
    emit({"persons": moved}, [wiring.render(N_("persons moved: {count}"), count=moved)], json_)


@app.command(
    "forget-old-keys",
    help=N_("Remove the keys that no row needs from vault.key. Older backups can't be read any more then."),
)
def forget(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.vault_upkeep import forget_old_keys

    wiring: Wiring = context.obj
    gone = forget_old_keys(wiring)
    emit({"keys": gone}, [wiring.render(N_("keys removed: {count}"), count=len(gone))], json_)
    if gone:
        print_note(wiring, N_("backups from before the rotation hold rows that nobody can read now"))
