"""Every number of a coverage report as JSON. Pages and workbooks show only these numbers."""

from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import CIVIL_TIME
from yihui.planning.report.areas import lasting_gaps, temporary_gaps, worst_counties

if TYPE_CHECKING:
    from geo.gaps import Gap
    from geo.siting.proposal import SiteProposal, SitingProposals
    from yihui.planning.study.study import Study, StudyMoment

LEVELS_BY_CODE_DIGITS = {2: "province", 4: "city", 6: "county"}
Json = dict[str, object]


def coverage_report_json(study: "Study") -> Json:
    """Return the report as data for ``--json``.

    *Units*: metres, shares 0..1. Null means no value, or no place within 100 km.
    """
    return {
        "area": {"code": study.order.area, "name": study.area_name},
        "at": _instant(study.now.at),
        "night_at": _instant(study.night.at),
        "monday": study.monday.isoformat(),
        "radius_m": study.reach.radius_m,
        "spacing_m": study.reach.spacing_m,
        "is_sample": study.is_sample,
        "demand": _demand(study),
        "places": _places(study),
        "coverage": _coverage(study),
        "areas": list(_areas(study)),
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


def finite_or_none(value: float) -> float | None:
    """Return the number, or None for infinity and NaN, which JSON does not have."""
    return float(value) if isfinite(value) else None


def _instant(at: datetime) -> str:
    return at.astimezone(CIVIL_TIME).isoformat(timespec="minutes")


def _demand(study: "Study") -> Json:
    demand = study.demand
    return {"title": study.demand_title, "unit": demand.unit, "total": demand.total, "points": len(demand)}


def _places(study: "Study") -> Json:
    counts = study.counts
    return {
        "total": counts.total,
        "placed": counts.placed,
        "unplaced": counts.unplaced,
        "open": counts.open,
        "closed": counts.closed,
        "unknown": counts.unknown,
        "usable": counts.usable,
        "by_kind": dict(counts.by_kind),
        "verified_on": counts.verified_on.isoformat() if counts.verified_on else None,
    }


def _coverage(study: "Study") -> Json:
    now, night = study.now.figures, study.night.figures
    return {
        "served": now.served,
        "share": finite_or_none(now.share),
        "night_served": night.served,
        "night_share": finite_or_none(night.share),
    }


def _areas(study: "Study") -> Iterator[Json]:
    for digits, table in sorted(study.areas.items()):
        for code, row in table.iterrows():
            yield {
                "level": LEVELS_BY_CODE_DIGITS[digits],
                "code": str(code).ljust(6, "0"),
                "name": str(row["name"]),
                "places": int(row["places"]),
                "usable": int(row["usable"]),
                **{name: finite_or_none(row[name]) for name in _OF_AREAS},
            }


_OF_AREAS = (
    "demand", "served", "share", "night_served", "night_share", "median_m", "p90_m", "access",
)  # fmt: skip


def _hours(study: "Study") -> Json:
    profile = study.profile
    return {
        "share": [finite_or_none(share) for share in study.hours.share],
        "by_hour": [finite_or_none(share) for share in profile.by_hour],
        "day": finite_or_none(profile.day),
        "night": finite_or_none(profile.night),
        "best": profile.best,
        "worst": profile.worst,
    }


def _distances(moment: "StudyMoment") -> Json:
    found = moment.distances
    bands = [
        {"from_m": band.from_m, "to_m": finite_or_none(band.to_m), "demand": band.demand, "share": band.share}
        for band in found.bands
    ]
    return {"median_m": finite_or_none(found.median_m), "p90_m": finite_or_none(found.p90_m), "bands": bands}


def _equity(study: "Study") -> Json:
    found = study.equity
    return {
        "gini": finite_or_none(found.gini),
        "mean": found.mean,
        "worst_tenth": found.worst_tenth,
        "worst_tenth_share": finite_or_none(found.worst_tenth_share),
        "without_share": found.without_share,
        "worst_counties": [code.ljust(6, "0") for code in worst_counties(study)],
    }


def _gaps(study: "Study") -> Json:
    return {
        "count": len(study.gaps),
        "lasting": [_gap(rank, gap) for rank, gap in enumerate(lasting_gaps(study), 1)],
        "at_times": [_gap(rank, gap) for rank, gap in enumerate(temporary_gaps(study), 1)],
    }


def _gap(rank: int, gap: "Gap") -> Json:
    return {
        "rank": rank,
        "id": gap.id,
        "district": gap.district,
        "lon": gap.lon,
        "lat": gap.lat,
        "demand": gap.demand,
        "demand_hours": gap.demand_hours,
        "hours": np.flatnonzero(gap.unmet).tolist(),
        "area_m2": gap.area_m2,
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
    return {
        "goal": found.goal.value,
        "total": found.total,
        "before": found.before,
        "after": found.after,
        "objective": found.objective,
        "bound": finite_or_none(found.bound),
        "gap": finite_or_none(found.gap),
        "is_proven": found.is_proven,
        "sites": [_site(site) for site in found.proposals],
    }


def _site(site: "SiteProposal") -> Json:
    return {
        "rank": site.rank,
        "name": site.name,
        "district": site.district,
        "lon": site.lon,
        "lat": site.lat,
        "gained": site.gained,
        "cumulative": site.cumulative,
        "stability": site.stability,
    }
