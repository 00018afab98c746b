"""What is told of a member whom nobody knows."""

from geo.faults import Fault
from members import scrubbed

N_ = str  # marks a text for the message catalogue


def on_no_roll(member: str, field: str) -> Fault:
    """The fault of asking for a member who is on no roll; ``field`` is where the id was given."""
    return Fault(
        N_("the member {value} is not on any roll"),
        N_("check the id; members come with a roll (yihui members import) or with member.joined"),
        field=field,
        value=scrubbed(member),
    )
