"""What ``yihui map`` is to draw."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import FileOf, Target
from yihui.planning.order import AreaOrder, Demand, Routing, Townships, TownshipsDatum, Travel
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from maps import BaseMapTiles


TIANDITU_KEY = "YIHUI_TIANDITU_KEY"


class CoverageMapOrder(AreaOrder):
    """What to draw. ``tiles`` is parsed by `parse_tiles`; an empty ``demand`` takes residents, or ground where no census
    is known.
    """

    demand: Demand = ""
    travel: Travel = None
    routing: Routing = None
    with_hours: Annotated[bool, Prompt(N_("a slider over the hours of the week"), option="--hours")] = True
    gaps: Annotated[
        Literal["hour", "night", "week"] | None,
        Prompt(
            N_("Show gaps"),
            labels={"hour": N_("at that hour"), "night": N_("at night only"), "week": N_("in the week")},
        ),
    ] = None
    townships: Townships = None
    datum: TownshipsDatum = None
    is_datum_of_demand = False
    proposals: Annotated[
        Path | None,
        FileOf("geojson", "json"),
        Prompt(N_("Proposed sites to show: the GeoJSON file of an analysis of sites"), is_further=True),
    ] = None
    out: Annotated[Target, Prompt(N_("the file to write"), metavar="FILE", only="command")] = Path(
        "yihui-map.html"
    )
    tiles: Annotated[
        str | None,
        Prompt(
            N_(
                "an online base map, in place of built streets: tianditu:KEY (or tianditu, with YIHUI_TIANDITU_KEY), gcj02:URL, wgs84:URL"
            ),
            only="command",
        ),
    ] = None

    @property
    def needs_week(self) -> bool:
        """Whether coverage or gaps of a whole week are drawn."""
        return self.with_hours or self.gaps in ("night", "week")


def parse_tiles(text: str | None) -> "BaseMapTiles":
    """Return the requested base map, none by default. *Raises*: FaultError."""
    from maps import BaseMapTiles

    if not text:
        return BaseMapTiles()
    asked = f"tianditu:{os.environ.get(TIANDITU_KEY, '')}" if text == "tianditu" else text
    try:
        return BaseMapTiles.parse(asked)
    except ValueError as error:
        shown = "tianditu:…" if text.startswith("tianditu:") else text  # never show the key
        fault = FaultTable("usage", {"tiles": (CANNOT_BE, str(error))}).build(
            "tiles", field="--tiles", value=shown
        )
        raise FaultError(fault) from error
