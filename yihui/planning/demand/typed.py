"""What is typed of a file of demand beside its path."""

from pathlib import Path
from typing import TYPE_CHECKING

from geo.faults import Fault
from yihui.arguments import WrongValue
from yihui.planning.demand.request import DemandRequest

if TYPE_CHECKING:
    from geo.crs import Datum

N_ = str  # marks a text for the message catalogue


def demand_request(
    what: str, column: str | None, own: str | None, datum: "Datum | None"
) -> DemandRequest | None:
    """How to read a file, in its ``own`` datum or in that of all files; None where nothing was said of it.

    *Raises*: WrongValue for a datum that is none.
    """
    from geo.crs import Datum

    if own is not None and own not in set(Datum):
        remedy = N_("say wgs84, cgcs2000, gcj02 or bd09")
        raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field="--demand-datum", value=own)])
    said = Datum(own) if own is not None else datum if Path(what).is_file() else None
    if column is None and said is None:
        return None
    return DemandRequest(Path(what), column, datum=said)
