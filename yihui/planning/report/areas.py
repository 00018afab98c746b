"""Select the areas and gaps that a coverage report names."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from geo.gaps import Gap
    from yihui.planning.study.study import Study

MAX_LISTED_GAPS = 100
WORST_COUNTIES_SHARE = 0.1


def finest_area_table(study: "Study") -> "pd.DataFrame":
    """Return the table of the smallest areas of a study, which are counties."""
    return study.areas[max(study.areas)]


def county_full_name(study: "Study", code: str) -> str:
    """Return the name of a county.

    In a study of a province the city's name comes first, because counties of several cities share a name
    (市中区).
    """
    name = str(finest_area_table(study).loc[code, "name"])
    if 2 not in study.areas or 4 not in study.areas or code[:4] not in study.areas[4].index:
        return name
    return str(study.areas[4].loc[code[:4], "name"]) + name


def rank_by_share(table: "pd.DataFrame", column: str = "share") -> "pd.DataFrame":
    """Sort areas by ``column``, the best first, ties by code. Areas without demand are left out."""
    known = table[table[column].notna()]
    order = np.lexsort((known.index.to_numpy().astype(str), -known[column].to_numpy()))
    return known.iloc[order]


def worst_counties(study: "Study") -> list[str]:
    """Return the codes of the counties with the least access per head, the worst first.

    Together they have at least a tenth of the demand.
    """
    table = finest_area_table(study)
    known = table[table["demand"] > 0]
    order = np.lexsort((known.index.to_numpy().astype(str), known["access"].to_numpy()))
    ranked = known.iloc[order]
    so_far = ranked["demand"].to_numpy().cumsum()
    count = (
        int(np.searchsorted(so_far, WORST_COUNTIES_SHARE * so_far[-1], side="left")) + 1 if len(ranked) else 0
    )
    return [str(code) for code in ranked.index[:count]]


def lasting_gaps(study: "Study") -> "tuple[Gap, ...]":
    """Return the gaps without a place at any hour of the week, by weight, heaviest first."""
    return tuple(gap for gap in study.gaps if gap.is_lasting)[:MAX_LISTED_GAPS]


def temporary_gaps(study: "Study") -> "tuple[Gap, ...]":
    """Return the gaps without a place at some hours only, such as at night, heaviest first."""
    return tuple(gap for gap in study.gaps if not gap.is_lasting)[:MAX_LISTED_GAPS]
