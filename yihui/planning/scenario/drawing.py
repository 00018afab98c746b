"""What is drawn over the map of a scenario: the stations that change, and the ground that it gains and loses."""

from typing import Any

import shapely

from yihui.planning.scenario.request import ScenarioChanges
from yihui.planning.scenario.run import ScenarioResult, added_stations

_DIGITS = 5  # of degrees


def draw_scenario(found: ScenarioResult, changes: ScenarioChanges) -> dict[str, Any]:
    """Return what web/src/desk/scenario.ts draws: stations with what becomes of them, and GeoJSON of the ground. *CRS*: WGS84."""
    what = {id_: name for name in ("late", "closed") for id_ in getattr(changes, name)}
    changed = [(one, what[one.id]) for one in found.today.stations if one.id in what]
    changed += [(one, "added") for one in added_stations(changes)]
    ground = found.served.compare_ground(found.outlines)
    gained, lost = shapely.set_precision(ground, 10.0**-_DIGITS)
    return {
        "stations": [{"id": one.id, "lon": one.lon, "lat": one.lat, "what": said} for one, said in changed],
        "gained": shapely.geometry.mapping(gained),
        "lost": shapely.geometry.mapping(lost),
    }
