"""A siting proposal as data: JSON for programs, GeoJSON for maps."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from yihui.planning.finite import finite_json
from yihui.planning.siting.text import longer_hours_text, proof_text, site_label
from yihui.planning.street_reach import WAYS_SOURCE
from yihui.planning.street_text import street_json
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.siting.proposal import AffectedStation, SiteProposal, SitingProposals

Json = Mapping[str, object]


@finite_json
def siting_json(p: "SitingProposals", language: Language) -> Json:
    """Return the whole result for ``--json``.

    *Units*: metres, fen, shares 0..1. None means infinite or not requested.
    """
    return {
        "area": p.area,
        "area_name": p.area_name,
        "model": p.goal.value.replace("_", "-"),
        "at": p.at.astimezone(CIVIL_TIME).isoformat(),
        "radius_m": p.radius_m if p.straight is None else None,
        "by_street": _by_street(p),
        "unit": p.unit,
        "demand": p.demand_title,
        "total": p.total,
        "served_before": p.before,
        "served_after": p.after,
        "stations_open": p.stations,
        "candidates": p.candidates,
        "unreachable": p.unreachable,
        "mean_m": list(p.mean_m),
        "farthest_m": list(p.farthest_m),
        "cost_fen": p.cost_fen,
        "objective": p.objective,
        "bound": p.bound,
        "gap": p.gap,
        "proven": p.is_proven,
        "proof": proof_text(p, language),
        "ended": p.ended,
        "seconds": round(p.seconds, 3),
        "interrupted": p.interrupted,
        "sample": p.is_sample,
        "sites": [_site(one, language) for one in p.proposals],
        "closed": [_door(door) for door in p.closed],
        "may_be_closed": p.most_closed,
        "longer_hours": _longer_hours(p, language),
        "curve": [
            {
                "sites": one.sites,
                "newly_served": one.cumulative,
                "by_the_last": one.gained,
                "at_most": one.bound,
                "proven": one.is_proven,
            }
            for one in p.curve
        ],
        "stability": p.stability and asdict(p.stability),
        "notes": [fault_line(note, language).as_json() for note in p.notes],
    }


def _by_street(p: "SitingProposals") -> Json | None:
    straight = p.straight
    if straight is None:
        return None
    found = street_json(
        straight.terms,
        served_before=straight.before,
        served_after=straight.after,
        mean_m=list(straight.mean_m),
        farthest_m=list(straight.farthest_m),
    )
    without = straight.without_way
    return None if found is None else {**found, "without_way": without and list(without)}


@finite_json
def siting_geojson(p: "SitingProposals", language: Language) -> Json:
    """Return proposed sites, stations to open longer and closings as points in WGS84 (RFC 7946)."""
    sites = [_feature(one.lon, one.lat, {"role": "proposed", **_site(one, language)}) for one in p.proposals]
    longer = p.longer_hours.doors if p.longer_hours else ()
    doors = [
        _feature(door.lon, door.lat, {"role": role, **_door(door)})
        for role, several in (("closed", p.closed), ("open_longer", longer))
        for door in several
    ]
    return {
        "type": "FeatureCollection",
        "area": p.area,
        "at": p.at.astimezone(CIVIL_TIME).isoformat(),
        "sample": p.is_sample,
        "demand": p.demand_title,
        "sources": [] if p.straight is None else [WAYS_SOURCE],
        "proof": proof_text(p, language),
        "features": sites + doors,
    }


def _feature(lon: float, lat: float, properties: Json) -> Json:
    kept = {name: value for name, value in properties.items() if name not in ("lon", "lat")}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": kept}


def _site(one: "SiteProposal", language: Language) -> Json:
    return {
        "rank": one.rank,
        "name": one.name or None,
        "place": site_label(one, language),
        "lon": round(one.lon, 6),
        "lat": round(one.lat, 6),
        "district": one.district,
        "district_name": one.district_name,
        "newly_served": one.gained,
        "cumulative": one.cumulative,
        "cost_fen": one.cost_fen,
        "stability": one.stability,
        "stability_nearby": one.nearby,
        "unstable": one.is_unstable,
        "nearest_station_m": one.neighbour_m,
        "spacing_m": one.spacing_m,
        "keeps_spacing": one.obeys_spacing,
        "row": one.row or None,
    }


def _door(door: "AffectedStation") -> Json:
    return {
        "id": door.id,
        "name": door.name,
        "lon": door.lon,
        "lat": door.lat,
        "district": door.district,
        "newly_served": door.gained,
    }


def _longer_hours(p: "SitingProposals", language: Language) -> Json | None:
    hours = p.longer_hours
    if hours is None:
        return None
    return {
        "sentence": longer_hours_text(p, language),
        "doors": [_door(door) for door in hours.doors],
        "newly_served": hours.gained,
        "new_sites": hours.new_sites,
        "new_sites_serve": hours.new_gained,
        "doors_closed_then": hours.closed,
        "all_useful_doors": hours.is_all,
        "proven": hours.is_proven,
    }
