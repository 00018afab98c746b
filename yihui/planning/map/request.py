"""What ``yihui map`` is to draw."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from yihui.planning.order import AreaOrder
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from maps import BaseMapTiles


TIANDITU_KEY = "YIHUI_TIANDITU_KEY"


@dataclass(frozen=True, slots=True)
class CoverageMapOrder(AreaOrder):
    """What to draw. ``tiles`` is parsed by `parse_tiles`; an empty ``demand`` takes residents, or ground where no census
    is known.
    """

    at: datetime
    with_hours: bool = True
    gaps: str | None = None  # hour, night or week
    proposals: Path | None = None
    tiles: str | None = None
    demand: str = field(default="", kw_only=True)

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
