"""Gaps as JSON data for ``--json``, and as GeoJSON for a GIS."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import CIVIL_TIME
from geo.coverage.townships import rest_code
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.gaps.text import gap_name, gap_times_text, select_listed_gaps
from yihui.planning.street_reach import WAYS_ATTRIBUTION
from yihui.planning.street_text import street_json
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

if TYPE_CHECKING:
    from geo.gaps import Gap, Whereabouts
    from yihui.planning.gaps.run import GapsResult

_DEGREES, _CENTIMETRES = 6, 2


def gaps_json(found: "GapsResult", language: Language, limit: int) -> dict[str, object]:
    """Return the settings, the sums and the heaviest gaps: up to ``limit`` lasting ones and as many others."""
    where = found.whereabouts_by_id
    sums = found.sums
    listed = select_listed_gaps(found.gaps, limit)
    return {
        "area": found.order.area,
        "area_name": found.area_name,
        "radius_m": None if found.order.streets is not None else found.order.radius_m,
        "by_street": street_json(found.order.terms, **(asdict(found.straight) if found.straight else {})),
        "resolution": found.resolution,
        "demand": {"title": found.demand_title, "unit": found.demand.unit, "total": found.demand.total},
        "instants": [when.astimezone(CIVIL_TIME).isoformat() for when in found.instants],
        "lasting": {"count": sums.lasting, "demand": sums.lasting_demand},
        "at_times": {"count": sums.at_times, "demand": sums.at_times_demand},
        "worst": {
            "at": found.instants[sums.worst.instant].astimezone(CIVIL_TIME).isoformat(),
            "demand": sums.worst.unmet,
        },
        "hours_unknown": found.unknown,
        "spread_evenly": is_spread_evenly(found.order.demand),
        "notes": [fault_line(note, language).as_json() for note in found.notes],
        "sample": found.is_sample,
        "sources": _sources(found, language),
        "townships": None if found.townships is None else found.townships.format_source(language),
        "gaps": [_record(found, language, gap, where[gap.id]) for gap in listed],
    }


def gaps_geojson(found: "GapsResult", language: Language) -> dict[str, object]:
    """Return all gaps as a GeoJSON FeatureCollection, the heaviest first, with their sources.

    *CRS*: WGS84, as RFC 7946 requires; clause 6.1 allows further members.
    """
    where = found.whereabouts_by_id
    features = [_feature(gap, _record(found, language, gap, where[gap.id])) for gap in found.gaps]
    return {
        "type": "FeatureCollection",
        "demand": found.demand_title,
        "sources": _sources(found, language),
        "features": features,
    }


def _sources(found: "GapsResult", language: Language) -> list[str]:
    """List whose data names and divides the gaps, as its licence asks."""
    return [
        *([language.translate(STREETS_ATTRIBUTION)] if found.has_crossings else []),
        *([] if found.townships is None else [found.townships.format_source(language)]),
        *([] if found.order.streets is None else [language.translate(WAYS_ATTRIBUTION)]),
    ]


def _feature(gap: "Gap", record: dict[str, object]) -> dict[str, object]:
    import shapely

    rounded = shapely.transform(shapely.orient_polygons(gap.geometry), lambda at: np.round(at, _DEGREES))
    geometry = shapely.geometry.mapping(rounded)
    return {"type": "Feature", "id": gap.id, "geometry": geometry, "properties": record}


def _record(found: "GapsResult", language: Language, gap: "Gap", where: "Whereabouts") -> dict[str, object]:
    return {
        "id": gap.id,
        "name": gap_name(language, where),
        "district": gap.district if found.townships is None else (gap.district or "")[:6] or None,
        **_township(found, gap, where),
        "area_names": list(where.area),
        "near": _near(where),
        "lon": round(gap.lon, _DEGREES),
        "lat": round(gap.lat, _DEGREES),
        "demand": gap.demand,
        "lasting": gap.is_lasting,
        "hours": gap.hours,
        "hours_text": gap_times_text(language, gap.unmet, found.instants),
        "unmet": np.flatnonzero(gap.unmet).tolist(),
        "demand_hours": gap.demand_hours,
        "area_m2": round(gap.area_m2, _CENTIMETRES),
        "cells": list(gap.cells),
    }


def _township(found: "GapsResult", gap: "Gap", where: "Whereabouts") -> dict[str, object]:
    """Return the county and the township of a gap; None for a township that nobody knows.

    The code is that of the outlines, or one that the product made up, with letters (`geo.coverage.townships`).
    """
    if found.townships is None:
        return {}
    code = gap.district
    is_known = code is not None and code != rest_code(code)
    return {
        "county": found.townships.ground.names.get((code or "")[:6]),
        "township": where.area[-1] if is_known else None,
        "township_code": code if is_known else None,
    }


def _near(where: "Whereabouts") -> dict[str, object] | None:
    if where.near is None or not isfinite(where.distance_m):
        return None
    return {
        "name": where.near,
        "bearing": where.bearing,
        "distance_m": round(where.distance_m, _CENTIMETRES),
    }
