"""The areas of a printed map: their classes, and cells that no sample point hit."""

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely

from geo.coverage.cells import (
    cell_name_at,
    cell_names,
    cell_outlines,
    cells_from_names,
    neighbouring_cells,
)
from geo.coverage.tables import fill_holes
from geo.formats.export_layers import LayerStyle, StyledLayer
from maps.classes import YELLOW_TO_BLUE, ColourClasses
from yihui.planning.report.pictures import CELL_CLASSES, classify_areas
from yihui.planning.study.layers import shares_style
from yihui.runtime.language import load_language

ENGLISH = load_language("en")


def layer_of(values: list[float], style: LayerStyle) -> StyledLayer:
    frame = gpd.GeoDataFrame({style.by: values}, geometry=[shapely.Point(0, 0)] * len(values), crs=4326)
    return StyledLayer("", "", frame, style)


def test_cells_have_the_class_of_their_share() -> None:
    style = shares_style(ENGLISH, CELL_CLASSES)
    found = classify_areas(layer_of([0.0, 0.05, 0.25, 1.0, float("nan")], style))["covered_share"]
    *known, unknown = found.tolist()
    classes = ColourClasses.even()
    assert list(map(classes.colour, known)) == [*YELLOW_TO_BLUE[:3], YELLOW_TO_BLUE[-1]]
    assert np.isnan(unknown)
    for outside in (-0.01, 1.01):
        with pytest.raises(ValueError, match="outside"):
            classify_areas(layer_of([outside], style))


def test_a_cell_that_no_sample_point_hit_has_the_mean_of_those_around_it() -> None:
    middle = cell_name_at(117.05, 36.65, 9)
    hole, *kept = cells_from_names([middle, *sorted(set(h3.grid_disk(middle, 2)) - {middle})]).tolist()
    shares = [float(n % 2) for n in range(len(kept))]
    frame = gpd.GeoDataFrame(
        {"cell": cell_names(kept), "share": shares}, geometry=cell_outlines(kept), crs=4326
    )
    filled = fill_holes(frame)
    around = frame[frame["cell"].isin(cell_names(neighbouring_cells(hole)))]
    assert len(around) == 6 and len(filled) == len(kept) + 1
    assert filled["share"].iloc[-1] == around["share"].mean()
    assert filled.geometry.iloc[-1].equals(cell_outlines([hole])[0])
