"""What other nouns may call of the inspections of stations."""

from yihui.cases.inspections.forms import ITEM_TITLES
from yihui.cases.inspections.pages import STATE_TITLES
from yihui.cases.inspections.queries import (
    is_within,
    load_station_inspections,
)

__all__ = [
    "ITEM_TITLES",
    "STATE_TITLES",
    "is_within",
    "load_station_inspections",
]
