"""Benchmark reading a raster of people of a whole province at 100 m, time and peak memory.

The raster is generated: 7,000 × 5,500 cells of 3 arc seconds over Shandong, each of them with people as in
unconstrained rasters of population, and none at sea. It is read in a process of its own, so that the peak memory is
that of ``yihui plan demand`` with all that it imports.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.measurement import Measurement, peak_mb

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT, WEST, NORTH, CELL_DEGREES = 7_000, 5_500, 115.9, 38.5, 1 / 1200
NODATA, ROWS_AT_ONCE, SEED = -99_999.0, 500, 8
PROVINCE, GOAL_S, GOAL_MB = "370000", 60.0, 1_000.0


def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "population.tif"
        write_province(file)
        command = [sys.executable, "-m", "bench.raster", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        size_mb = file.stat().st_size / 1e6
    found = json.loads(done.stdout)
    detail = (
        f"{WIDTH:,} × {HEIGHT:,} cells in a file of {size_mb:.0f} MB, {found['cells']:,} with people, to "
        f"{found['points']:,} points of H3; {found['processor_s']:.0f} s of the processor"
    )
    seconds, peak = found["seconds"], found["peak_mb"]
    name = "coverage.raster_province"
    return [
        Measurement.at_most(name, seconds, "s", GOAL_S, detail),
        Measurement.at_most(
            f"{name}_memory", peak, "MB", GOAL_MB, "peak of the reading process with its imports"
        ),
    ]


def write_province(file: Path) -> None:
    """Write the raster: towns on thinly settled ground, as many people as the province has, none off its outlines."""
    import rasterio
    from rasterio.features import rasterize
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    from geo.formats.outlines import load_outlines

    chance = np.random.default_rng(SEED)
    transform = from_origin(WEST, NORTH, CELL_DEGREES, CELL_DEGREES)
    land = rasterize(load_outlines().geometry, out_shape=(HEIGHT, WIDTH), transform=transform, dtype="uint8")
    profile = {"width": WIDTH, "height": HEIGHT, "count": 1, "dtype": "float32", "nodata": NODATA}
    profile |= {"crs": "EPSG:4326", "transform": transform, "compress": "deflate"}
    tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512}
    with rasterio.open(file, "w", driver="GTiff", **profile, **tiles) as raster:
        for row in range(0, HEIGHT, ROWS_AT_ONCE):
            part = land[row : row + ROWS_AT_ONCE]
            people = chance.gamma(0.5, 10.0, part.shape).astype("float32") + np.float32(0.01)
            people[part == 0] = NODATA
            raster.write(people, 1, window=Window(0, row, WIDTH, len(part)))


def _read(file: Path) -> None:
    """Read the raster as ``yihui plan demand`` does, and print the time and the peak memory."""
    begin = time.perf_counter()
    from yihui.bootstrap import Settings, build_wiring
    from yihui.planning.demand.request import DemandQuery, DemandReadingForm, RasterValues
    from yihui.planning.demand.run import load_demand

    wiring = build_wiring(Settings(database=str(file.with_name("yihui.db")), data_folder=file.parent))
    options = DemandReadingForm(raster_values=RasterValues.COUNTS)
    chosen = load_demand(wiring, DemandQuery(str(file), PROVINCE, file=options))
    assert chosen.file_reading is not None
    found = {
        "seconds": time.perf_counter() - begin,
        "processor_s": time.process_time(),
        "peak_mb": peak_mb(),
        "cells": chosen.file_reading.rows,
        "points": len(chosen.demand),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _read(Path(sys.argv[1]))
