"""Which right each command that acts needs, for which organisation, and on what it acts: one table.

Commands that are not in it read, calculate, or work on files; whoever may open the database may run them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer

from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring

_LONGEST_OBJECT = 128
OWN_GROUPS = frozenset(
    {
        "officers",
        "applications",
        "appeals",
        "budgets",
        "debts",
        "approvals",
        "hotline",
        "members",
        "inspections",
        "rider-reports",
        "register",
        "joins",
        "senders",
        "hardship",
        "mutual-aid",
        "organisations",
        "polls",
        "draws",
        "reversals",
        "scenarios",
        "demand-files",
        "merchants",
        "payout",
        "vouchers",
    }
)  # their services ask, since the right depends on the row
_KEY = re.compile(r"([a-z2-7]{8})[-_][a-z2-7]{32}")  # a whole key: only its public part is recorded


@dataclass(frozen=True, slots=True)
class CommandRight:
    """The right of a command. ``argument`` names the parameter that says on what it acts, ``otherwise`` the one that does
    where that is left out.

    ``place`` is the function in ``yihui/services/access/act_places.py`` that finds its organisation (a key of its ``PLACES``); ``code`` if the
    argument is an organisation's code; ``whole`` if it concerns the whole union; ``own`` if any of the actor's
    own subtrees will do, since the service checks each row. ``only_with`` names a parameter without which the
    command only shows something. ``is_always_recorded``: it matters though it changes nothing in the database.
    """

    right: Right
    object_kind: str
    argument: str | None = None
    place: str = "whole"
    only_with: str | None = None
    otherwise: str | None = None
    is_always_recorded: bool = False

    def acts(self, params: Mapping[str, Any]) -> bool:
        """Return whether the command does anything, with these parameters."""
        return self.only_with is None or params.get(self.only_with) not in (None, False, "")

    def is_recorded_after(self, writes: int, error: BaseException | None) -> bool:
        """Return whether a command that ended, well or with findings, leaves an entry in the audit log."""
        return (error is None or isinstance(error, typer.Exit)) and (writes > 0 or self.is_always_recorded)

    def find_places(self, wiring: Wiring, params: Mapping[str, Any]) -> list[str | None]:
        """Return the organisations that the act concerns; None stands for any of the actor's own."""
        named = self._read_name(params)
        if named is None or self.place in ("own", "whole", "code"):
            return self.find_stated_places(params)
        from yihui.services.access.act_places import find_act_places

        return list(find_act_places(wiring, self.place, named))

    def find_stated_places(self, params: Mapping[str, Any]) -> list[str | None]:
        """Return the organisations that the parameters themselves name; None where only the database knows."""
        named = self._read_name(params)
        if self.place == "whole" or (named is None and self.place != "own"):
            return [PROVINCE_CODE]
        return [named if self.place == "code" else None]

    def name_object(self, params: Mapping[str, Any]) -> str:
        """Return what the act is on, as the audit log names it: never a name or a number of a person."""
        from members import scrub_personal_numbers

        shown = _KEY.sub(r"\1", self._read_name(params) or "")
        return scrub_personal_numbers(shown)[:_LONGEST_OBJECT]

    def _read_name(self, params: Mapping[str, Any]) -> str | None:
        names = [name for name in (self.argument, self.otherwise) if name is not None]
        value = next((params[name] for name in names if params.get(name) is not None), None)
        if isinstance(value, (list, tuple)):
            return ", ".join(map(str, value)) or None
        return None if value is None else str(value)


def _members(right: Right = Right.CHANGE_MEMBERS) -> CommandRight:
    return CommandRight(right, "member", "member", "member")


def _rules(right: Right, argument: str = "rule") -> CommandRight:
    return CommandRight(right, "rule", argument, "rule")


def _whole(right: Right, kind: str, argument: str | None = None) -> CommandRight:
    return CommandRight(right, kind, argument)


_OPERATE = Right.OPERATE
COMMAND_RIGHTS: Mapping[str, CommandRight] = {
    "run": _whole(_OPERATE, "event_file", "file"),
    "backup": CommandRight(Right.BACK_UP, "backup", is_always_recorded=True),
    "keys backup": CommandRight(Right.BACK_UP, "backup", is_always_recorded=True),
    "stations import": _whole(Right.CHANGE_STATIONS, "register", "register"),
    "stations place": _whole(Right.CHANGE_STATIONS, "station"),
    "stations link": CommandRight(Right.CHANGE_STATIONS, "station", "new", "station"),
    "stations unlink": CommandRight(Right.CHANGE_STATIONS, "station", "new", "station"),
    "stations devices add": CommandRight(Right.ISSUE_KEYS, "device", "station", "station"),
    "stations devices revoke": _whole(Right.ISSUE_KEYS, "device", "device"),
    "members find": _whole(Right.UNMASK_MEMBERS, "member"),
    "members export": _members(Right.UNMASK_MEMBERS),
    "members import": _whole(Right.CHANGE_MEMBERS, "roll"),
    "members erase": _members(Right.ERASE_MEMBERS),
    **{
        f"members vault {act}": _whole(Right.BACK_UP, "vault")
        for act in ("create-key", "rotate", "move", "forget-old-keys")
    },
    "organisations rebuild": _whole(_OPERATE, "organisations"),
    "joins escalate": _whole(_OPERATE, "join_requests"),
    "joins batch": CommandRight(Right.CHANGE_MEMBERS, "roll", "organisation", "code"),
    "cards keys rotate": _whole(Right.ISSUE_KEYS, "card_key"),
    "cards keys retire": _whole(Right.ISSUE_KEYS, "card_key", "key"),
    "schedule run": _whole(_OPERATE, "schedule", "job"),
    "events replay": CommandRight(_OPERATE, "letters", "letter", only_with="letters"),
    **{
        f"events dead-letters {act}": _whole(_OPERATE, "dead_letter", name)
        for act, name in (("mend", "id_"), ("replay", "id_"), ("drop", "ids"))
    },
    "feeds run": _whole(_OPERATE, "feed"),
    "feeds link": _whole(Right.ISSUE_KEYS, "feed"),
    "rules submit": CommandRight(Right.WRITE_RULES, "rule", "file", "own"),  # its service asks for the owners
    "rules approve": _rules(Right.APPROVE_RULES, "version"),
    "rules reject": _rules(Right.APPROVE_RULES, "version"),
    "rules stop": _rules(Right.STOP_RULES),
    "rules resume": _rules(Right.STOP_RULES),
    "rules retire": _rules(Right.APPROVE_RULES),
    "benefits expire": _whole(_OPERATE, "grants"),
    "benefits claim": CommandRight(Right.CHANGE_MEMBERS, "grant", "grant", "granted_member"),
    "benefits give-up": _members(),
    "benefits forget-appeal": CommandRight(
        Right.ERASE_MEMBERS, "appeal", "appeal", "appeal", otherwise="member"
    ),
    "vouchers batch": _whole(Right.PREPARE_MONEY, "merchant", "merchant"),
    "ledger seal": _whole(_OPERATE, "ledger"),
    "lottery commit": _whole(Right.RUN_DRAWS, "rule", "entries"),
    "lottery draw": _whole(Right.RUN_DRAWS, "rule", "commitment"),
    "sessions create": _whole(Right.WRITE_RULES, "session"),
    "sessions cancel": CommandRight(Right.CHANGE_MEMBERS, "session", "id", "rule"),
    "sessions close": CommandRight(Right.STOP_RULES, "session", "id", "rule"),
    "sessions attend": CommandRight(Right.CHANGE_MEMBERS, "session", "id", "rule"),
    **{
        f"webhooks {act}": _whole(_OPERATE, "webhook", name)
        for act, name in (
            ("add", "url"),
            ("remove", "webhook"),
            ("retry", "webhook"),
            ("test", "webhook"),
        )
    },
    "reminders retry": _whole(_OPERATE, "reminders"),
    "reminders send": _whole(_OPERATE, "reminders"),
    "topics apply": _whole(_OPERATE, "topics"),
}
