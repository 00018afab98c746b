"""Faults for member and rule ids that don't exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import read_member_changes, scrub_personal_numbers
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from rules import RuleLibrary

UNKNOWN_ID_FAULTS = FaultTable(
    "unknown_id",
    {
        "member": (
            N_("the member {value} is not on any roll"),
            N_(
                "check the id; members come in with a roll (yihui members import, or the event member.joined)"
            ),
        ),
        "rule": (N_("there is no rule {value}"), N_("choose one of {expected}")),
        "no_rules": (
            N_("there is no rule {value}; none is in force yet"),
            N_("write the first one (yihui rules draft, or “Rules” on the desk); a colleague approves it"),
        ),
    },
)


def require_known_member(connection: Connection, member: str, field: str) -> None:
    """Refuse an unknown member id, so that a typing error isn't answered with an empty result.

    *Raises*: FaultError.
    """
    if not read_member_changes(connection, [member])[member]:
        raise FaultError([unknown_member_fault(member, field)])


def unknown_member_fault(member: str, field: str) -> Fault:
    """Build the fault for a member who is not on any roll; ``field`` is where the id was given."""
    return UNKNOWN_ID_FAULTS.build("member", field=field, value=scrub_personal_numbers(member))


def unknown_rule_fault(library: RuleLibrary, rule_id: str, language: Language) -> Fault:
    """Return the fault for an unknown rule: it offers similar ids, or else all of them."""
    ids = list(dict.fromkeys(rule.id for rule in library.rules))
    if not ids:
        return UNKNOWN_ID_FAULTS.build("no_rules", field="rule", value=rule_id)
    near = get_close_matches(rule_id, ids) or ids
    return UNKNOWN_ID_FAULTS.build("rule", field="rule", value=rule_id, expected=language.format_list(near))
