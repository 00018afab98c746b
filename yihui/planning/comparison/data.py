"""The result of ``yihui plan compare`` as JSON, and its changed points as CSV."""

from core.civil_time import format_wall_clock
from geo.register_comparison import PlaceEffect
from geo.station import Station
from yihui.planning.comparison.run import ComparisonResult, six_digit_code
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.finite import finite_json
from yihui.views.csv_text import render_csv


def changed_points_csv(found: ComparisonResult) -> bytes:
    """Return a CSV of the points that are newly served or no longer served, with their demand."""
    rows: list[tuple[object, ...]] = [
        ("lon_wgs84", "lat_wgs84", "district", found.served.demand.unit, "change")
    ]
    for mask, change in ((found.served.gained, "gained"), (found.served.lost, "lost")):
        some = found.served.demand.select(mask)
        for (lon, lat), code, weight in zip(
            some.points.tolist(), some.district.tolist(), some.weight.tolist(), strict=True
        ):
            rows.append((f"{lon:.7f}", f"{lat:.7f}", code, weight, change))
    return render_csv(rows).encode()


@finite_json
def comparison_json(found: ComparisonResult) -> dict[str, object]:
    """Return the whole result for ``--json``."""
    served, order = found.served, found.order
    table = served.by_area(found.area_digits)
    data: dict[str, object] = {
        "before": {"what": order.before, "at": format_wall_clock(order.at), "places": found.counts[0]},
        "after": {"what": order.after, "at": format_wall_clock(order.at), "places": found.counts[1]},
        "area": order.area,
        "radius_m": order.radius_m,
        "demand": {"title": found.chosen.title, "total": served.demand.total, "unit": served.demand.unit},
        "spread_evenly": is_spread_evenly(order.demand),
        "sample": found.is_sample,
        "places": {
            "count": dict(found.places.count_by_sort()),
            "added": [_named(s) for s in found.places.added],
            "removed": [_named(s) for s in found.places.removed],
            "changed": [
                {**_named(c.after), "fields": list(c.fields), "moved_m": c.distance_m}
                for c in found.places.changed
            ],
        },
        "served": {
            "before": served.total(served.before.mask),
            "after": served.total(served.after.mask),
            "gained": served.total(served.gained),
            "lost": served.total(served.lost),
            "points_gained": int(served.gained.sum()),
            "points_lost": int(served.lost.sum()),
        },
        "by_area": [
            {
                "code": six_digit_code(code),
                "name": found.names.get(six_digit_code(code), ""),
                **{column: float(row[column]) for column in table.columns},
            }
            for code, row in table.iterrows()
        ],
        "gaining": [_effect(effect) for effect in served.list_gaining_places()],
        "losing": [_effect(effect) for effect in served.list_losing_places()],
    }
    if found.weeks is not None:
        data["hours"] = {
            "share_before": found.weeks.before.share.tolist(),
            "share_after": found.weeks.after.share.tolist(),
            "gained": found.weeks.gained.tolist(),
            "lost": found.weeks.lost.tolist(),
        }
    return data


def _named(station: Station) -> dict[str, object]:
    return {"id": station.id, "name": station.name}


def _effect(effect: PlaceEffect) -> dict[str, object]:
    return {**_named(effect.station), "demand": effect.demand, "points": effect.points}
