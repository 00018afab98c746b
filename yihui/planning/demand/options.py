"""Build the options of a file of demand from the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

from yihui.planning.demand.request import DemandFileOptions
from yihui.runtime.arguments import parse_datum

if TYPE_CHECKING:
    from geo.crs import Datum


def demand_file_options(
    what: str, column: str | None, own: str | None, datum: "Datum | None"
) -> DemandFileOptions | None:
    """Return how to read a file, in its ``own`` datum or else in the datum of all files; None where no option is set.

    *Raises*: WrongValue for an unknown datum.
    """
    said = parse_datum(own, "--demand-datum") or (datum if Path(what).is_file() else None)
    if column is None and said is None:
        return None
    return DemandFileOptions(Path(what), column, datum=said)
