"""What ``yihui map`` is to draw."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from yihui.planning.demand.request import NO_RASTER_OPTIONS, RasterOptions
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.crs import Datum
    from maps import BaseMapTiles
    from yihui.planning.street_reach import StreetReach


TIANDITU_KEY = "YIHUI_TIANDITU_KEY"


@dataclass(frozen=True, slots=True)
class CoverageMapOrder:
    """What to draw. ``area`` is the code of a province or a city; ``tiles`` is parsed by `maps.Tiles.of`."""

    at: datetime
    area: str
    register: str | None = None
    radius_m: float = 1_000.0
    with_hours: bool = True
    gaps: str | None = None  # hour, night or week
    proposals: Path | None = None
    tiles: str | None = None
    demand: str | None = None  # a demand for `demand_of`; None: residents, or ground where no census is known
    demand_raster: RasterOptions = NO_RASTER_OPTIONS
    townships: Path | None = None  # outlines that divide the counties
    townships_datum: "Datum | None" = None  # None: as their file says
    streets: "StreetReach | None" = None  # coverage and gaps by street

    @property
    def needs_week(self) -> bool:
        """Whether coverage or gaps of a whole week are drawn."""
        return self.with_hours or self.gaps in ("night", "week")


def parse_tiles(text: str | None, environ: "Mapping[str, str]" = os.environ) -> "BaseMapTiles":
    """Return the requested base map, none by default. *Raises*: FaultError."""
    from maps import BaseMapTiles

    if not text:
        return BaseMapTiles()
    asked = f"tianditu:{environ.get(TIANDITU_KEY, '')}" if text == "tianditu" else text
    try:
        return BaseMapTiles.parse(asked)
    except ValueError as error:
        shown = "tianditu:…" if text.startswith("tianditu:") else text  # never show the key
        fault = FaultTable("usage", {"tiles": (CANNOT_BE, str(error))}).build(
            "tiles", field="--tiles", value=shown
        )
        raise FaultError(fault) from error
