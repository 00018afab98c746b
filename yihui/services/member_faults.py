"""Faults for a member id that is not on any roll."""

from sqlalchemy import Connection

from core.faults import Fault, InputFaults
from members import read_member_changes, scrub_personal_numbers

N_ = str  # marks a text for the message catalogue


def require_known_member(connection: Connection, member: str, field: str) -> None:
    """Refuse an unknown member id, so that a typing error isn't answered with an empty result.

    *Raises*: InputFaults.
    """
    if not read_member_changes(connection, [member])[member]:
        raise InputFaults([unknown_member_fault(member, field)])


def unknown_member_fault(member: str, field: str) -> Fault:
    """Build the fault for a member who is not on any roll; ``field`` is where the id was given."""
    return Fault(
        N_("the member {value} is not on any roll"),
        N_("check the id; members come with a roll (yihui members import) or with member.joined"),
        field=field,
        value=scrub_personal_numbers(member),
    )
