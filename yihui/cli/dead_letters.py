"""yihui events dead-letters: list, show, mend, replay and drop events that could not be processed."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.civil_time import format_wall_clock
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.event_tally import print_outcomes, sum_outcomes
from yihui.runtime.errors import fault_line
from yihui.services.dead_letters import select_dead_letters, single_dead_letter
from yihui.views.dead_letters import (
    SHOWN_ID_LENGTH,
    dead_letter_details_json,
    dead_letter_json,
    dead_letter_title,
)

if TYPE_CHECKING:
    from benefits import Act
    from events import DeadLetter

Translator = Callable[[str], str]

ID_HELP = N_("the letter's id, or its beginning")
BY_HELP = N_("who acts: a short pseudonym")
REASON_HELP = N_("only dead letters with this reason")
JSON_HELP = N_("print JSON")
DEFAULT_LIST_LIMIT = 100


def build_commands(_: Translator) -> typer.Typer:
    """Build the `dead-letters` command group; without a subcommand it lists."""
    app = typer.Typer(
        help=_("What could not be handled: list, show, mend, replay, drop."), invoke_without_command=True
    )
    _add_list(app, _)
    _add_show(app, _)
    _add_mend(app, _)
    _add_replay(app, _)
    _add_drop(app, _)
    return app


def _add_list(app: typer.Typer, _: Translator) -> None:
    def list_(
        context: typer.Context,
        reason: Annotated[str | None, typer.Option(help=_(REASON_HELP))] = None,
        text: Annotated[bool, typer.Option("--text", help=_("show the letters' text as well"))] = False,
        limit: Annotated[
            int | None, typer.Option(min=1, help=_("list at most so many; 100 unless said, with --json all"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        wiring: Wiring = context.obj
        letters = select_dead_letters(wiring, (), reason, "--id")
        if json_:
            for item in letters[:limit]:
                typer.echo(json.dumps(dead_letter_json(wiring, item), ensure_ascii=False))
            return
        for item in letters[: limit or DEFAULT_LIST_LIMIT]:
            typer.echo(
                f"{item.id[:SHOWN_ID_LENGTH]}  {item.origin}  {dead_letter_title(wiring, item)}  {item.reason}"
            )
            _print_faults(wiring, item)
            if text and item.text is not None:
                typer.echo("    " + item.text)
        _print_totals(wiring, letters)

    app.callback()(list_)
    app.command("list", help=_("List what could not be handled, with the reason and the remedy."))(list_)


def _print_totals(wiring: Wiring, letters: "list[DeadLetter]") -> None:
    reasons = Counter((item.reason, dead_letter_title(wiring, item)) for item in letters)
    if len(reasons) > 1:
        for (reason, title), count in reasons.most_common():
            typer.echo(f"{count:>8}  {title}  {reason}")
    typer.echo(wiring.render(N_("dead letters: {count}"), count=len(letters)))


def _print_faults(wiring: Wiring, item: "DeadLetter") -> None:
    for fault in item.faults:
        typer.echo("    " + fault_line(fault, wiring.language).text())


def _add_show(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Show a dead letter whole: each fault, the event, what officers did about it."))
    def show(
        context: typer.Context,
        id_: Annotated[str, typer.Argument(metavar="ID", help=_(ID_HELP))],
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from events.dead_letter_repair import list_letter_acts
        from events.dead_letters import find_letters_by_prefix

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            item = single_dead_letter(find_letters_by_prefix(connection, id_), id_)
            acts = list_letter_acts(connection, item.id)
        if json_:
            typer.echo(json.dumps(dead_letter_details_json(wiring, item, acts), ensure_ascii=False, indent=2))
            return
        _print_details(wiring, item, acts)


def _print_details(wiring: Wiring, item: "DeadLetter", acts: "list[Act]") -> None:
    typer.echo(f"{item.id}  {dead_letter_title(wiring, item)}  {item.reason}")
    since = wiring.render(
        N_("from {origin}, {time}"), origin=item.origin, time=format_wall_clock(item.recorded_at)
    )
    typer.echo("  " + since)
    if item.resolved_at is not None:
        typer.echo("  " + wiring.render(N_("dealt with {time}"), time=format_wall_clock(item.resolved_at)))
    _print_faults(wiring, item)
    for act in acts:
        typer.echo("  " + _act_line(wiring, act))
    unkept = N_("its text was not kept, since it held personal data")
    typer.echo(_pretty(item.text) if item.text is not None else "  " + wiring.render(unkept))


def _act_line(wiring: Wiring, act: "Act") -> str:
    template = {
        "mended": N_("mended by {who}, {time}: {reason}; changed: {changed}; it goes on as {became}"),
        "dropped": N_("dropped by {who}, {time}: {reason}"),
    }[act.kind]
    fields = act.detail.get("changed")
    changed = wiring.language.format_list(map(str, fields)) if isinstance(fields, list) else ""
    became = str(act.detail.get("became", ""))[:SHOWN_ID_LENGTH]
    return wiring.render(
        template,
        who=act.who,
        time=format_wall_clock(act.at),
        reason=act.reason,
        changed=changed,
        became=became,
    )


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _add_mend(app: typer.Typer, _: Translator) -> None:
    @app.command(
        help=_(
            "Mend a dead letter's event: in $EDITOR, by --set and --remove, or with a file. It keeps id and source."
        )
    )
    def mend(
        context: typer.Context,
        id_: Annotated[str, typer.Argument(metavar="ID", help=_(ID_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("why, in a sentence, without personal data"))],
        set_: Annotated[
            list[str] | None,
            typer.Option("--set", help=_("a field's new value: data.level=高级工"), metavar="PATH=VALUE"),
        ] = None,
        remove: Annotated[
            list[str] | None, typer.Option(help=_("a field to leave out"), metavar="PATH")
        ] = None,
        with_: Annotated[
            Path | None, typer.Option("--with", help=_("a file with the whole event, mended"))
        ] = None,
        replay: Annotated[bool, typer.Option("--replay", help=_("replay it at once"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.dead_letters import DeadLetterChanges, apply_dead_letter_changes

        wiring: Wiring = context.obj
        item = select_dead_letters(wiring, [id_], None, "ID")
        wanted = DeadLetterChanges(tuple(set_ or ()), tuple(remove or ()), with_)
        new = apply_dead_letter_changes(wiring, single_dead_letter(item, id_), wanted, by, reason)
        if replay:
            print_outcomes(wiring, sum_outcomes([wiring.runner.replay_dead_letters([new])]), json_)
        elif json_:
            typer.echo(json.dumps(dead_letter_json(wiring, new), ensure_ascii=False))
        else:
            told = N_("mended; it waits as {id}: yihui events dead-letters replay --id {id}")
            typer.echo(wiring.render(told, id=new.id[:SHOWN_ID_LENGTH]))


def _add_replay(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Try dead letters again: all, some by id, or those of a reason."))
    def replay(
        context: typer.Context,
        id_: Annotated[list[str] | None, typer.Option("--id", help=_(ID_HELP))] = None,
        reason: Annotated[str | None, typer.Option(help=_(REASON_HELP))] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_("say what would happen, do nothing"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:  # fmt: skip
        replay_dead_letters(
            context.obj, select_dead_letters(context.obj, id_ or (), reason, "--id"), dry_run, json_
        )


def replay_dead_letters(wiring: Wiring, letters: "list[DeadLetter]", dry_run: bool, as_json: bool) -> None:
    """Process dead letters again and print the outcome. *Raises*: typer.Exit if dead letters remain."""
    from yihui.services.sealing import seal_after_batches

    unkept = sum(item.text is None for item in letters)
    if unkept:
        template = N_("not replayed, since they held personal data and their text was not kept: {count}")
        typer.echo(wiring.render(template, count=unkept), err=True)
    if dry_run:
        typer.echo(wiring.render(N_("a trial: nothing is written")), err=True)
        print_outcomes(wiring, sum_outcomes([wiring.runner.rehearse_dead_letters(letters)]), as_json)
        return
    print_outcomes(
        wiring,
        sum_outcomes(seal_after_batches(wiring, [wiring.runner.replay_dead_letters(letters)])),
        as_json,
    )


def _add_drop(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Leave the events of dead letters out for good; who did it and why is recorded."))
    def drop(
        context: typer.Context,
        ids: Annotated[list[str], typer.Argument(metavar="ID", help=_(ID_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("why, in a sentence, without personal data"))],
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from events import dead_letter_repair as mending
        from events.retries import run_in_transaction
        from yihui.services.rule_life import acting_officer

        wiring: Wiring = context.obj
        waiting = select_dead_letters(wiring, ids, None, "ID")
        whole = [
            single_dead_letter([item for item in waiting if item.id.startswith(id)], id).id for id in ids
        ]
        acting = acting_officer(wiring, by, reason)
        run_in_transaction(
            wiring.database, lambda connection: mending.drop_dead_letters(connection, whole, acting)
        )
        if json_:
            typer.echo(json.dumps({"dropped": whole}))
        else:
            typer.echo(wiring.render(N_("dropped: {count}"), count=len(whole)))
