"""How demand was read, as data for ``--json``."""

from dataclasses import asdict

from yihui.planning.demand.run import DemandSummary, count_searches_by_hour
from yihui.planning.demand.text import demand_bounds, demand_by_area, demand_crs_name
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language


def demand_json(summary: DemandSummary, language: Language) -> dict[str, object]:
    """Return the demand's sums and bounds, and what its file or the searches tell beside."""
    query, chosen = summary.query, summary.chosen
    data: dict[str, object] = {
        "demand": query.built_in or query.what,
        "title": chosen.title,
        "area": query.area,
        "total": chosen.demand.total,
        "unit": chosen.demand.unit,
        "points": len(chosen.demand),
        "bounds": list(demand_bounds(chosen)),
        "by_area": dict(demand_by_area(summary, language)),
        "notes": [fault_line(note, language).as_json() for note in chosen.notes],
    }
    if chosen.search_demand is not None:
        hours, together = count_searches_by_hour(chosen.search_demand.groups)
        data |= {"first": str(chosen.search_demand.first), "last": str(chosen.search_demand.last)}
        data |= {"hours": list(hours), "hour_not_told": together}
    file = chosen.file_reading
    if file is not None:
        data |= {
            "rows": file.rows,
            "by": file.by.value,
            "column": file.column,
            "datum": file.datum.value if file.datum else None,
            "crs": None if file.crs is None else demand_crs_name(file.crs),
            "polygons": {"spread": file.spread, "one_point": file.represented},
            "left_out": {w.value: {"rows": n.rows, "demand": n.demand} for w, n in file.left_out.items()},
        }
        if file.raster is not None:
            data["raster"] = asdict(file.raster)
    return data
