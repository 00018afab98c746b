"""What is typed of a file of demand beside its path."""

from pathlib import Path

from yihui.arguments import WrongValue
from yihui.planning.demand_request import DemandRequest

N_ = str  # marks a text for the message catalogue


def demand_request(what: str, column: str | None, datum: str | None) -> DemandRequest | None:
    """How to read a file; None where nothing was said of it. *Raises*: WrongValue for a datum that is none."""
    from geo.crs import Datum
    from geo.faults import Fault

    if column is None and datum is None:
        return None
    if datum is not None and datum not in set(Datum):
        remedy = N_("say wgs84, cgcs2000, gcj02 or bd09")
        raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field="--demand-datum", value=datum)])
    return DemandRequest(Path(what), column, datum=None if datum is None else Datum(datum))
