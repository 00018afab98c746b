"""Leave a line in the log for each command that is refused: its name, the fault's code and who acts; no value."""

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from core.faults import FaultError

_LOG = logging.getLogger(__name__)
_AUTHORISATION = "authorisation."  # a missing right is a warning, whatever else is refused is information
_actor: ContextVar[str] = ContextVar("console_actor", default="-")


def note_actor(actor: str) -> None:
    """Note who acts in this command."""
    _actor.set(actor)


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
