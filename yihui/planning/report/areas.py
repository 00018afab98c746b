"""What stands out in a study: areas and gaps."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from geo.gaps import Gap
    from yihui.planning.study.study import Study

GAPS_LISTED = 100
TENTH = 0.1


def narrowest(study: "Study") -> "pd.DataFrame":
    """The table of the smallest areas: counties."""
    return study.areas[max(study.areas)]


def full_name(study: "Study", code: str) -> str:
    """What a county is called; in a province after its city, since several have the same name (市中区)."""
    name = str(narrowest(study).loc[code, "name"])
    if 2 not in study.areas or 4 not in study.areas or code[:4] not in study.areas[4].index:
        return name
    return str(study.areas[4].loc[code[:4], "name"]) + name


def by_share(table: "pd.DataFrame", column: str = "share") -> "pd.DataFrame":
    """The best served first, ties by code; areas without demand are left out."""
    known = table[table[column].notna()]
    order = np.lexsort((known.index.to_numpy().astype(str), -known[column].to_numpy()))
    return known.iloc[order]


def worst_counties(study: "Study") -> list[str]:
    """The counties with the least access per head that together hold a tenth of the demand, the worst first."""
    table = narrowest(study)
    known = table[table["demand"] > 0]
    order = np.lexsort((known.index.to_numpy().astype(str), known["access"].to_numpy()))
    ranked = known.iloc[order]
    so_far = ranked["demand"].to_numpy().cumsum()
    count = int(np.searchsorted(so_far, TENTH * so_far[-1], side="left")) + 1 if len(ranked) else 0
    return [str(code) for code in ranked.index[:count]]


def lasting_gaps(study: "Study") -> "tuple[Gap, ...]":
    """Where there is no place at any hour of the week, the weightiest first."""
    return tuple(gap for gap in study.gaps if gap.is_lasting)[:GAPS_LISTED]


def gaps_at_times(study: "Study") -> "tuple[Gap, ...]":
    """Where there is a place at some hours and none at others, such as by night."""
    return tuple(gap for gap in study.gaps if not gap.is_lasting)[:GAPS_LISTED]
