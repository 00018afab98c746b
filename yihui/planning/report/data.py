"""Every number of a coverage report as JSON, and the areas and gaps that the report names.

Pages and workbooks show only these numbers.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import CIVIL_TIME
from yihui.planning.finite import finite_json, select_fields
from yihui.planning.street_text import street_json

if TYPE_CHECKING:
    import pandas as pd

    from geo.gaps import Gap
    from geo.siting.proposal import SitingProposals
    from yihui.planning.study.study import Study, StudyMoment


LEVELS_BY_CODE_DIGITS = {2: "province", 4: "city", 6: "county"}
Json = dict[str, object]


@finite_json
def coverage_report_json(study: "Study") -> Json:
    """Return the report as data for ``--json``.

    *Units*: metres, shares 0..1. Null means no value, or no place within 100 km.
    """
    return {
        "area": {"code": study.order.area, "name": study.area_name},
        "at": _instant(study.now.at),
        "night_at": _instant(study.night.at),
        "monday": study.monday.isoformat(),
        "radius_m": study.reach.radius_m if study.streets is None else None,
        "by_street": _by_street(study),
        "spacing_m": study.reach.spacing_m,
        "is_sample": study.is_sample,
        "demand": _demand(study),
        "places": _places(study),
        "coverage": _coverage(study),
        "areas": list(_areas(study)),
        "townships": None
        if study.townships is None
        else {"note": study.townships.note, "rows": [*_rows(study, study.townships.table)]},
        "hours": _hours(study),
        "distances": _distances(study.now),
        "night_distances": _distances(study.night),
        "equity": _equity(study),
        "gaps": _gaps(study),
        "rests": _rests(study),
        "proposals": None if study.proposals is None else _proposals(study.proposals),
        "sources": [
            {"text": source.text, "day": source.day.isoformat() if source.day else None}
            for source in study.sources
        ],
    }


def _instant(at: datetime) -> str:
    return at.astimezone(CIVIL_TIME).isoformat(timespec="minutes")


def _demand(study: "Study") -> Json:
    demand = study.demand
    return {"title": study.demand_title, "unit": demand.unit, "total": demand.total, "points": len(demand)}


def _places(study: "Study") -> Json:
    counts = study.counts
    verified_on = counts.verified_on.isoformat() if counts.verified_on else None
    return {**asdict(counts), "placed": counts.placed, "verified_on": verified_on}


def _coverage(study: "Study") -> Json:
    now, night = study.now.figures, study.night.figures
    return {
        "served": now.served,
        "share": now.share,
        "night_served": night.served,
        "night_share": night.share,
    }


def _by_street(study: "Study") -> Json | None:
    """Return what figures by street mean, and the same figures by the straight line."""
    if study.streets is None:
        return None
    straight = study.streets.straight
    return street_json(
        study.streets.terms,
        served=straight.served,
        share=straight.share,
        night_served=straight.night_served,
        night_share=straight.night_share,
        gaps=asdict(straight.gaps),
        gini=straight.equity.gini,
        without_share=straight.equity.without_share,
    )


def _areas(study: "Study") -> Iterator[Json]:
    for digits, table in sorted(study.areas.items()):
        for row in _rows(study, table):
            yield {**row, "level": LEVELS_BY_CODE_DIGITS[digits], "code": str(row["code"]).ljust(6, "0")}


def _rows(study: "Study", table: "pd.DataFrame") -> Iterator[Json]:
    for code, row in table.iterrows():
        yield {
            "code": str(code),
            "name": str(row["name"]),
            "places": int(row["places"]),
            "usable": int(row["usable"]),
            **{name: float(row[name]) for name in _OF_AREAS},
            **_straight_share(study, str(code)),
        }


def _straight_share(study: "Study", code: str) -> Json:
    if study.streets is None:
        return {}
    return {"straight_share": study.streets.straight.areas.get(code, float("nan"))}


_OF_AREAS = (
    "demand", "served", "share", "night_served", "night_share", "median_m", "p90_m", "access",
)  # fmt: skip


def _hours(study: "Study") -> Json:
    profile = study.profile
    return {
        "share": study.hours.share.tolist(),
        "by_hour": profile.by_hour.tolist(),
        **select_fields(profile, "day", "night", "best", "worst"),
    }


def _distances(moment: "StudyMoment") -> Json:
    return asdict(moment.distances)


def _equity(study: "Study") -> Json:
    figures = ("gini", "mean", "worst_tenth", "worst_tenth_share", "without_share")
    worst = [code.ljust(6, "0") for code in worst_counties(study)]
    return {**select_fields(study.equity, *figures), "worst_counties": worst}


def _gaps(study: "Study") -> Json:
    return {
        "count": len(study.gaps),
        "lasting": [_gap(study, rank, gap) for rank, gap in enumerate(lasting_gaps(study), 1)],
        "at_times": [_gap(study, rank, gap) for rank, gap in enumerate(temporary_gaps(study), 1)],
    }


def _gap(study: "Study", rank: int, gap: "Gap") -> Json:
    return {
        "rank": rank,
        "district": gap.district and gap.district[:6],
        "township": gap.district if study.townships is not None else None,
        **select_fields(gap, "id", "lon", "lat", "demand", "demand_hours", "area_m2"),
        "hours": np.flatnonzero(gap.unmet).tolist(),
        "cells": list(gap.cells),
    }


def _rests(study: "Study") -> Json:
    """Return where riders rested, as far as it may be published.

    ``station`` is null where several stations form one group.
    """
    return {
        "months": [f"{month:%Y-%m}" for month in study.uses.months],
        "places": [
            {
                "station": use.station,
                "district": use.district,
                "count": use.count,
                "hours": [{"hour_of_week": hour, "count": count} for hour, count in use.busiest],
            }
            for use in study.uses.places
        ],
    }


def _proposals(found: "SitingProposals") -> Json:
    site = ("rank", "name", "district", "lon", "lat", "gained", "cumulative", "stability")
    return {
        "goal": found.goal.value,
        **select_fields(found, "total", "before", "after", "objective", "bound", "gap", "is_proven"),
        "sites": [select_fields(one, *site) for one in found.proposals],
    }


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


def rank_by_share(table: "pd.DataFrame") -> "pd.DataFrame":
    """Sort areas by the share, the best first, ties by code. Areas without demand are left out."""
    known = table[table["share"].notna()]
    order = np.lexsort((known.index.to_numpy().astype(str), -known["share"].to_numpy()))
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
    return tuple(gap for gap in study.gaps if gap.is_lasting)


def temporary_gaps(study: "Study") -> "tuple[Gap, ...]":
    """Return the gaps without a place at some hours only, such as at night, heaviest first."""
    return tuple(gap for gap in study.gaps if not gap.is_lasting)
