"""What is told of a member whom nobody knows."""

from sqlalchemy import Connection

from core.faults import Fault, InputFaults
from members import read_changes, scrubbed

N_ = str  # marks a text for the message catalogue


def refuse_unknown(connection: Connection, member: str, field: str) -> None:
    """*Raises*: InputFaults where nobody is known under an id, so that a slip of the pen is no empty answer."""
    if not read_changes(connection, [member])[member]:
        raise InputFaults([on_no_roll(member, field)])


def on_no_roll(member: str, field: str) -> Fault:
    """The fault of asking for a member who is on no roll; ``field`` is where the id was given."""
    return Fault(
        N_("the member {value} is not on any roll"),
        N_("check the id; members come with a roll (yihui members import) or with member.joined"),
        field=field,
        value=scrubbed(member),
    )
