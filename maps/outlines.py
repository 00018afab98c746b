"""Districts as layers.js draws them: outlines, colours, figures, names."""

from collections.abc import Mapping

import geopandas as gpd
import shapely

from maps.labels import Labels
from maps.layers import Texts
from maps.view import CoverageView

OUTLINE_DIGITS = 4  # 11 m, finer than the outlines themselves


_COLUMNS = ["name", "population", "stations", "open", "per_10k", "covered_share", "geometry"]


def district_data(view: CoverageView, labels: Labels) -> dict[str, object]:
    """GeoJSON outlines, each with its colour and where each of its figures stands among the strings."""
    texts = Texts()
    features = [
        {
            "type": "Feature",
            "properties": {
                "name": row.name,
                "colour": view.classes.colour(_known(row.covered_share)),
                "values": [
                    texts.place(text)
                    for text in (
                        _whole(row.population),
                        _whole(row.stations),
                        _whole(row.open),
                        _number(row.per_10k),
                        _percent(row.covered_share, labels),
                    )
                ],
            },
            "geometry": _rounded(shapely.geometry.mapping(row.geometry)),
        }
        for row in view.districts[_COLUMNS].itertuples(index=False)
        if row.geometry is not None
    ]
    return {
        "outlines": {"type": "FeatureCollection", "features": features},
        "labels": [labels.population, labels.places, labels.open, labels.per_10k, labels.share],
        "strings": texts.all,
    }


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)


def _whole(value: float | None) -> str:
    known = _known(value)
    return "" if known is None else f"{int(known):,}"


def _number(value: float | None) -> str:
    known = _known(value)
    return "" if known is None else f"{known:.2f}"


def _percent(value: float | None, labels: Labels) -> str:
    known = _known(value)
    return labels.no_data if known is None else f"{100 * known:.1f} %"


def _rounded(geometry: Mapping[str, object]) -> dict[str, object]:
    return {"type": geometry["type"], "coordinates": _round(geometry["coordinates"])}


def _round(part: object) -> object:
    if isinstance(part, list | tuple):
        return [_round(inner) for inner in part]
    assert isinstance(part, float | int), part
    return round(part, OUTLINE_DIGITS)


def names_of(districts: gpd.GeoDataFrame) -> tuple[list[list[object]], list[list[object]]]:
    """Names of cities, then of districts, each as [lat, lon, name] at a point inside of it."""
    if not len(districts):
        return [], []
    cities = districts.dissolve(by="city").geometry
    return _names(cities), _names(districts.set_index("name").geometry)


def _names(outlines: gpd.GeoSeries) -> list[list[object]]:
    points = outlines.representative_point()
    return [[round(point.y, 3), round(point.x, 3), name] for name, point in points.items()]
