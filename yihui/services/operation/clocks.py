"""Compare this machine's clock with the database's."""

from yihui.bootstrap import Wiring
from yihui.runtime.clock_offset import ClockOffset, read_clock_offset


def compare_clocks(wiring: Wiring) -> ClockOffset:
    """Ask the database what its clock says. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return read_clock_offset(connection, wiring.now)
