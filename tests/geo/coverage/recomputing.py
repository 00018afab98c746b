"""Coverage reckoned again by PostGIS, from nothing but points, weights, outlines and which doors are open when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from geo.coverage import Demand

FARTHEST_M = 100_000.0
_TABLES = """
CREATE EXTENSION IF NOT EXISTS postgis;
DROP TABLE IF EXISTS demand, places, doors, areas;
CREATE TABLE demand (n int PRIMARY KEY, weight numeric, district text, place geography(Point, 4326));
CREATE TABLE places (id int PRIMARY KEY, place geography(Point, 4326));
CREATE TABLE doors (moment text, id int);
CREATE TABLE areas (code text PRIMARY KEY, outline geography(Geometry, 4326));
"""
_INDEXES = """
CREATE INDEX ON demand USING gist (place);
CREATE INDEX ON places USING gist (place);
CREATE INDEX ON doors (moment, id);
"""
_SERVED = """
SELECT d.n FROM demand d WHERE EXISTS (
    SELECT 1 FROM places p JOIN doors o ON o.id = p.id AND o.moment = %(moment)s
    WHERE ST_DWithin(p.place, d.place, %(radius_m)s))
"""
_NEAREST = """
DROP TABLE IF EXISTS usable, nearest;
CREATE TABLE usable AS SELECT p.place FROM places p JOIN doors o ON o.id = p.id AND o.moment = %(moment)s;
CREATE INDEX ON usable USING gist (place);
CREATE TABLE nearest AS SELECT d.n, d.district, d.weight, CASE WHEN near.metres <= %(farthest_m)s THEN near.metres END AS metres
FROM demand d LEFT JOIN LATERAL (
    SELECT ST_Distance(p.place, d.place) AS metres FROM usable p ORDER BY p.place <-> d.place LIMIT 1
) one ON true LEFT JOIN LATERAL (
    SELECT min(ST_Distance(p.place, d.place)) AS metres FROM usable p WHERE ST_DWithin(p.place, d.place, one.metres + 0.001)
) near ON true;
"""
_CODE = "CASE WHEN %(digits)s = 0 THEN '' ELSE left(district, %(digits)s) END"


@dataclass(frozen=True)
class Totals:
    """One line of a table."""

    points: int
    demand: float
    served: float


@dataclass(frozen=True)
class Recomputing:
    """A database with one demand and one set of places; ``doors`` says by a name which are usable then."""

    connection: Any

    @classmethod
    def of(
        cls,
        connection: Any,
        demand: Demand,
        places: np.ndarray,
        doors: Mapping[str, np.ndarray],
        outlines: gpd.GeoDataFrame | None = None,
    ) -> "Recomputing":
        """*Shape*: ``places`` is (m, 2), lon, lat; each of ``doors`` is (m,), a mask."""
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        rows = zip(demand.weight.tolist(), demand.district.tolist(), demand.points.tolist(), strict=True)
        with connection.cursor() as cursor:
            with cursor.copy("COPY demand FROM STDIN") as copy:
                for n, (weight, district, point) in enumerate(rows):
                    copy.write_row((n, repr(weight), district, _ewkt(point)))
            with cursor.copy("COPY places FROM STDIN") as copy:
                for id, point in enumerate(np.asarray(places).tolist()):
                    copy.write_row((id, _ewkt(point)))
            with cursor.copy("COPY doors FROM STDIN") as copy:
                for moment, mask in doors.items():
                    for id in np.flatnonzero(mask).tolist():
                        copy.write_row((moment, id))
            if outlines is not None:
                with cursor.copy("COPY areas FROM STDIN") as copy:
                    for code, outline in zip(outlines["code"], outlines.geometry, strict=True):
                        copy.write_row((code, f"SRID=4326;{outline.wkt}"))
        for statement in (*_INDEXES.split(";"), "ANALYZE"):
            if statement.strip():
                connection.execute(statement)
        return cls(connection)

    def served(self, moment: str, radius_m: float) -> set[int]:
        """The rows of the demand with a usable place within a radius: ST_DWithin on the ellipsoid."""
        asked = {"moment": moment, "radius_m": radius_m}
        return {n for (n,) in self.connection.execute(_SERVED, asked).fetchall()}

    def totals(self, moment: str, radius_m: float, digits: int = 0) -> dict[str, Totals]:
        """By the first digits of the district's code; under "" for none of them."""
        asked = {"moment": moment, "radius_m": radius_m, "digits": digits}
        rows = self.connection.execute(
            f"""
            SELECT {_CODE}, count(*), sum(weight),
                coalesce(sum(weight) FILTER (WHERE n IN ({_SERVED})), 0)
            FROM demand WHERE district IS NOT NULL OR %(digits)s = 0 GROUP BY 1
            """,
            asked,
        ).fetchall()
        return {code: Totals(points, float(all_), float(some)) for code, points, all_, some in rows}

    def nearest_m(self, moment: str) -> np.ndarray:
        """From each row to its nearest usable place; infinite beyond 100 km."""
        found = np.full(self.connection.execute("SELECT count(*) FROM demand").fetchone()[0], np.inf)
        self._measure(moment)
        for n, metres in self.connection.execute("SELECT n, metres FROM nearest").fetchall():
            found[n] = np.inf if metres is None else metres
        return found

    def quantiles_m(self, moment: str, share: str, digits: int = 0) -> dict[str, float]:
        """The least distance within which, with all below it, such a share of the demand lies; exactly by numerics."""
        self._measure(moment)
        asked = {"share": share, "digits": digits}
        rows = self.connection.execute(
            f"""
            SELECT code, min(coalesce(metres, 'Infinity')) FROM (
                SELECT code, metres, sum(weight) OVER (PARTITION BY code ORDER BY coalesce(metres, 'Infinity'), n) AS upto,
                    sum(weight) OVER (PARTITION BY code) AS total
                FROM (SELECT n, {_CODE} AS code, weight, metres FROM nearest) near
                WHERE weight > 0 AND code IS NOT NULL
            ) ranked WHERE upto >= total * %(share)s::numeric GROUP BY 1
            """,
            asked,
        ).fetchall()
        return {code: float(metres) for code, metres in rows}

    def _measure(self, moment: str) -> None:
        """Fills the table of the nearest: the index sorts by the sphere, so that the first bounds the true one."""
        for statement in _NEAREST.split(";"):
            if statement.strip():
                asked = {"moment": moment, "farthest_m": FARTHEST_M} if "%(" in statement else None
                self.connection.execute(statement, asked)

    def areas_m2(self) -> dict[str, float]:
        """ST_Area on the ellipsoid."""
        return dict(self.connection.execute("SELECT code, ST_Area(outline) FROM areas").fetchall())


def _ewkt(point: list[float]) -> str:
    return f"SRID=4326;POINT({point[0]!r} {point[1]!r})"
