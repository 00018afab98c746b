"""Options for reading a file of demand; headers, CRS and content give the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum
from geo.registry.demand_files import UPLOADED_DEMAND
from yihui.planning.request import MAX_SPACING_M, MIN_SPACING_M, OPTION_FAULTS
from yihui.runtime.arguments import CANNOT_BE, parse_datum


class LeaveOut(StrEnum):
    """Rows that the user may choose to leave out."""

    OUTSIDE = "outside"  # rows outside the region
    TOTALS = "totals"  # whole cities and provinces whose counties are in the file too
    UNKNOWN = "unknown"  # rows that name no district, such as functional zones


class PolygonSpread(StrEnum):
    """How a polygon's demand becomes points."""

    GRID = "grid"  # even parts at the crossings of a square grid; a small polygon has one point inside it
    CENTRE = "centre"  # all of it at one point inside


@dataclass(frozen=True, slots=True)
class DemandFileOptions:
    """How to read a file. ``column`` holds the demand; with ``each``, every row counts as 1.

    ``lon``, ``lat`` and ``code`` name columns with unknown headers. *Units*: metres; ``unit`` is the unit of the
    demand, by default taken from the column's header.
    """

    file: Path
    column: str | None = None
    each: bool = False
    unit: str | None = None
    datum: Datum | None = None
    crs: str | None = None
    layer: str | None = None
    headless: bool = False
    lon: str | None = None
    lat: str | None = None
    code: str | None = None
    polygons: PolygonSpread = PolygonSpread.GRID
    spacing_m: float = 1_000.0
    leave_out: frozenset[LeaveOut] = frozenset()


def demand_file_options(
    what: str, column: str | None, own: str | None, datum: Datum | None
) -> DemandFileOptions | None:
    """Return how to read a file, in its ``own`` datum or else in the datum of all files; None where no option is set.

    *Raises*: FaultError for an unknown datum.
    """
    said = parse_datum(own, "--demand-datum") or (datum if Path(what).is_file() else None)
    if column is None and said is None:
        return None
    return DemandFileOptions(Path(what), column, datum=said)


DEMAND_OPTION_FAULTS = FaultTable(
    "demand_option",
    {"choice": (CANNOT_BE, N_("choose one of the list"))},
)
_WHOLE_METRES = re.compile(r"[0-9]{1,6}")


def parse_file_options(fields: Mapping[str, str], file: Path) -> DemandFileOptions:
    """Return how to read a file by the fields of a form, which are named as the options of the command are.

    ``leave-out`` holds its choices with commas between. *Raises*: FaultError with all faults.
    """
    faults = []
    datum, spread = fields.get("demand-datum", ""), fields.get("polygons", "") or PolygonSpread.GRID.value
    spacing = fields.get("spacing-m", "") or "1000"
    left = [one for one in fields.get("leave-out", "").split(",") if one]
    for field, value, choices in (
        ("demand-datum", datum, {"", *(one.value for one in Datum)}),
        ("polygons", spread, {one.value for one in PolygonSpread}),
        *(("leave-out", one, {what.value for what in LeaveOut}) for one in left),
    ):
        if value not in choices:
            faults.append(DEMAND_OPTION_FAULTS.build("choice", field=f"--{field}", value=value[:40]))
    if not (_WHOLE_METRES.fullmatch(spacing) and MIN_SPACING_M <= int(spacing) <= MAX_SPACING_M):
        faults.append(OPTION_FAULTS.build("spacing", field="--spacing-m", value=spacing[:20]))
    if faults:
        raise FaultError(faults)
    return DemandFileOptions(
        file,
        column=fields.get("demand-column") or None,
        each=fields.get("demand-each") == "yes",
        unit=fields.get("unit") or None,
        datum=Datum(datum) if datum else None,
        crs=fields.get("crs") or None,
        layer=fields.get("layer") or None,
        headless=fields.get("no-header") == "yes",
        lon=fields.get("lon") or None,
        lat=fields.get("lat") or None,
        code=fields.get("code") or None,
        polygons=PolygonSpread(spread),
        spacing_m=float(spacing),
        leave_out=frozenset(map(LeaveOut, left)),
    )


CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND = (
    "population",
    "area",
    "searches",
    "searches:unmet",
)
_ALIASES = {"census": CENSUS_DEMAND}
BUILT_IN_DEMANDS = (CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND)


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS`, a file that was uploaded, or a path.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandFileOptions | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        word = _ALIASES.get(self.what, self.what)
        return word if word in BUILT_IN_DEMANDS else None

    @property
    def uploaded(self) -> str | None:
        """The id of the uploaded file that ``what`` names; None for any other demand."""
        return self.what.removeprefix(UPLOADED_DEMAND) if self.what.startswith(UPLOADED_DEMAND) else None
