"""Who acts on the command line, what that person may do, and a line in the log for each command that is refused."""

import logging
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import typer

from core.faults import FaultError
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.access.actor import Actor
    from yihui.cli.command_rights import CommandRight


_LOG = logging.getLogger(__name__)
_AUTHORISATION = "authorisation."  # a missing right is a warning, whatever else is refused is information
_actor: ContextVar[str] = ContextVar("console_actor", default="-")


def find_command(command: Any, arguments: Sequence[str]) -> tuple[str, Any]:
    """Return the names of the command and its groups among the arguments, and the command; skip what else was typed."""
    names: list[str] = []
    for argument in arguments:
        below = getattr(command, "commands", None) or {}
        if not below:
            break
        if argument in below:
            names.append(argument)
            command = below[argument]
    return " ".join(names) or "-", command


def log_refusal(command: Any, arguments: Sequence[str], error: BaseException) -> None:
    """Log that a command was refused."""
    code = error.faults[0].code if isinstance(error, FaultError) else "usage"
    (name, _), actor = find_command(command, arguments), _actor.get()
    level = logging.WARNING if code.startswith(_AUTHORISATION) and actor != "-" else logging.INFO
    fields = {"event": "refused", "code": code, "command": name, "actor": actor}
    _LOG.log(level, "refused: %s command=%s actor=%s", code, name, actor, extra={"fields": fields})


_ACTOR = "yihui.actor"  # in the context's notes, which all contexts of one command line share


def resolve_acting(context: typer.Context, parameter: typer.CallbackParam, name: str | None) -> str:
    """Return the id of the actor whom --as names, or of whoever acts without it. *Raises*: FaultError."""
    source = context.get_parameter_source(str(parameter.name))
    is_given = source is not None and source.name != "DEFAULT"
    return _resolve(context, (name or "") if is_given else None)


def resolve_named(context: typer.Context, name: str | None) -> str | None:
    """Return the id of the officer whom --as names; None without it. *Raises*: FaultError."""
    return None if name is None else _resolve(context, name)


def _resolve(context: typer.Context, name: str | None) -> str:
    if context.resilient_parsing or not isinstance(context.obj, Wiring):
        return name or ""
    from yihui.services.access.console_actor import find_console_actor

    actor = find_console_actor(context.obj, name)
    context.meta[_ACTOR] = actor
    _actor.set(actor.id)
    return actor.id


def current_actor(context: typer.Context) -> "Actor":
    """Return who acts in this command. *Raises*: FaultError."""
    if _ACTOR not in context.meta:
        _resolve(context, None)
    actor: Actor = context.meta[_ACTOR]
    return actor


def guard_commands(command: Any, path: tuple[str, ...] = ()) -> Any:
    """Let each command that acts ask first whether its actor may, as ``COMMAND_RIGHTS`` says; return the command."""
    from yihui.cli.command_rights import COMMAND_RIGHTS, OWN_GROUPS

    below = getattr(command, "commands", None)
    if below is not None:
        for name, one in below.items():
            guard_commands(one, (*path, name))
        return command
    entry = COMMAND_RIGHTS.get(" ".join(path))
    if entry is not None:
        command.invoke = _guard(command.invoke, " ".join(path), entry)
    elif path and path[0] in OWN_GROUPS:
        command.invoke = _run_as_actor(command.invoke)
    return command


def _run_as_actor(invoke: Callable[[typer.Context], Any]) -> Callable[[typer.Context], Any]:
    """Let a command whose services ask for its right run in the name of its actor, so that they ask twice."""

    def invoke_as_actor(context: typer.Context) -> Any:
        from core.civil_time import civil_date
        from yihui.access.acting import Acting, acting_as

        with acting_as(Acting(current_actor(context), civil_date(context.obj.now()))):
            return invoke(context)

    return invoke_as_actor


def _guard(
    invoke: Callable[[typer.Context], Any], path: str, entry: "CommandRight"
) -> Callable[[typer.Context], Any]:
    def invoke_if_allowed(context: typer.Context) -> Any:
        from core.civil_time import civil_date
        from yihui.access.acting import Acting, acting_as
        from yihui.access.audit import AuditEntry
        from yihui.access.decide import TRUSTED_KINDS
        from yihui.services.access.acting import count_writes, record_unrecorded_act
        from yihui.services.access.authorisation import authorise_everywhere

        if not entry.acts(context.params):
            return invoke(context)
        wiring: Wiring = context.obj
        actor = current_actor(context)
        is_trusted = actor.kind in TRUSTED_KINDS
        places = (
            entry.find_stated_places(context.params)
            if is_trusted
            else entry.find_places(wiring, context.params)
        )
        day = civil_date(wiring.now())
        decision = authorise_everywhere(wiring, actor, entry.right, places)
        note = AuditEntry(
            f"{entry.right.value}: {path}",
            entry.object_kind,
            entry.name_object(context.params),
            str(context.params.get("reason") or ""),
            places[0] if len(places) == 1 else None,
            decision.by,
        )
        permissions = [(entry.right, place) for place in places]
        with acting_as(Acting(actor, day, note, permissions)):
            before = count_writes(wiring)
            try:
                return invoke(context)
            finally:
                if entry.is_recorded_after(count_writes(wiring) - before, sys.exception()):
                    record_unrecorded_act(wiring)

    return invoke_if_allowed
