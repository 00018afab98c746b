"""What is typed of a file of demand beside its path."""

from pathlib import Path
from typing import TYPE_CHECKING

from yihui.planning.demand.request import DemandRequest
from yihui.runtime.arguments import chosen_datum

if TYPE_CHECKING:
    from geo.crs import Datum


def demand_request(
    what: str, column: str | None, own: str | None, datum: "Datum | None"
) -> DemandRequest | None:
    """How to read a file, in its ``own`` datum or in that of all files; None where nothing was said of it.

    *Raises*: WrongValue for a datum that is none.
    """
    said = chosen_datum(own, "--demand-datum") or (datum if Path(what).is_file() else None)
    if column is None and said is None:
        return None
    return DemandRequest(Path(what), column, datum=said)
