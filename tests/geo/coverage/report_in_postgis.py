"""The numbers of a report on coverage, reckoned again by PostGIS from points, weights and doors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

PAIRS_WITHIN_M = 100_000.0
Row = tuple[Any, ...]

_TABLES = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE demand (n int PRIMARY KEY, weight float8, district text, place geography(Point, 4326));
CREATE TABLE stations (
    id text PRIMARY KEY, district text, kind text, status text, access text, state text, place geography(Point, 4326)
);
CREATE TABLE doors (id text, hour int);
"""
_PAIRS = """
CREATE INDEX ON demand USING gist (place);
CREATE TABLE pairs AS
SELECT d.n, s.id, ST_Distance(d.place, s.place) AS m
FROM stations s JOIN demand d
ON ST_DWithin(d.place, s.place, %(all)s)
WHERE s.id IN (SELECT id FROM doors);
CREATE INDEX ON pairs (id);
CREATE INDEX ON pairs (n);
CREATE TABLE served AS
SELECT DISTINCT p.n, o.hour FROM pairs p JOIN doors o USING (id) WHERE p.m <= %(radius)s;
CREATE TABLE nearest AS
SELECT d.n, d.weight, d.district, h.hour, min(p.m) AS m
FROM demand d CROSS JOIN (VALUES (%(day)s), (%(night)s)) h (hour)
LEFT JOIN (pairs p JOIN doors o USING (id)) ON p.n = d.n AND o.hour = h.hour
GROUP BY d.n, h.hour;
CREATE TABLE access AS
WITH near AS (
    SELECT p.n, p.id FROM pairs p JOIN doors o USING (id) WHERE o.hour = %(day)s AND p.m <= %(radius)s
), offered AS (
    SELECT id, 1 / sum(d.weight) AS rate FROM near JOIN demand d USING (n) GROUP BY id HAVING sum(d.weight) > 0
)
SELECT d.n, d.weight, d.district, 10000 * coalesce(sum(o.rate), 0) AS a
FROM demand d LEFT JOIN (near z JOIN offered o USING (id)) USING (n) GROUP BY d.n;
CREATE TABLE patterns AS
SELECT d.n, string_agg(CASE WHEN s.n IS NULL THEN '0' ELSE '1' END, '' ORDER BY h) AS served
FROM demand d CROSS JOIN generate_series(0, 167) h LEFT JOIN served s ON s.n = d.n AND s.hour = h
GROUP BY d.n;
"""


@dataclass(frozen=True)
class Asked:
    """Hours of the week that are day and night, and the radius."""

    day: int
    night: int
    radius_m: float


class Reckoner:
    """A database filled with a study's points; every method is one question in SQL."""

    def __init__(self, connection: Any, asked: Asked) -> None:
        self._connection = connection
        self._asked = asked
        connection.execute(_TABLES)

    def fill(self, demand: Iterable[Row], stations: Iterable[Row], doors: Iterable[Row]) -> None:
        """(n, weight, district, lon, lat); (id, district, kind, status, access, state, lon, lat); (id, hour)."""
        point = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography"
        with self._connection.cursor() as cursor:
            with cursor.copy("COPY doors FROM STDIN") as copy:
                for row in doors:
                    copy.write_row(row)
            with cursor.copy("COPY demand FROM STDIN") as copy:
                for n, weight, district, lon, lat in demand:
                    copy.write_row((n, weight, district, f"SRID=4326;POINT({lon!r} {lat!r})"))
            cursor.executemany(
                f"INSERT INTO stations VALUES (%s, %s, %s, %s, %s, %s, {point})", list(stations)
            )
        asked = {
            "all": PAIRS_WITHIN_M,
            "radius": self._asked.radius_m,
            "day": self._asked.day,
            "night": self._asked.night,
        }
        for statement in _PAIRS.split(";\n"):
            if statement.strip():
                self._connection.execute(statement, asked if "%(" in statement else None)

    # Questions ----------------------------------------------------------------------------------------------

    def places(self) -> dict[str, int]:
        """How many places there are that aren't closed for good, and what holds at them by day."""
        names = ("total", "placed", "unplaced", "open", "closed", "unknown", "usable")
        row = self._one(
            """
            SELECT count(*), count(place), count(*) - count(place),
                count(*) FILTER (WHERE place IS NOT NULL AND state = 'open'),
                count(*) FILTER (WHERE place IS NOT NULL AND state = 'closed'),
                count(*) FILTER (WHERE place IS NOT NULL AND state = 'unknown'),
                count(*) FILTER (WHERE id IN (SELECT id FROM doors WHERE hour = %s))
            FROM stations WHERE status <> 'closed_for_good' AND district IS NOT NULL
            """,
            self._asked.day,
        )
        return dict(zip(names, row, strict=True))

    def kinds(self) -> dict[str, int]:
        """Places by kind."""
        return dict(
            self._all(
                "SELECT kind, count(*) FROM stations WHERE status <> 'closed_for_good' AND district IS NOT NULL GROUP BY 1"
            )
        )

    def served(self) -> list[float]:
        """The demand that is served at each hour of the week."""
        rows: dict[int, float] = dict(
            self._all("SELECT hour, sum(weight) FROM served JOIN demand USING (n) GROUP BY 1")
        )
        return [float(rows.get(hour, 0)) for hour in range(168)]

    def total(self) -> float:
        return float(self._one("SELECT sum(weight) FROM demand")[0])

    def areas(self, digits: int) -> dict[str, Row]:
        """By code: places, usable, demand, served by day, by night, mean access."""
        rows = self._all(
            """
            SELECT code, coalesce(p.places, 0), coalesce(p.usable, 0), d.demand, d.by_day, d.by_night, d.access
            FROM (
                SELECT left(district, %(digits)s) AS code, sum(weight) AS demand,
                    coalesce(sum(weight) FILTER (WHERE n IN (SELECT n FROM served WHERE hour = %(day)s)), 0) AS by_day,
                    coalesce(sum(weight) FILTER (WHERE n IN (SELECT n FROM served WHERE hour = %(night)s)), 0) AS by_night,
                    sum(weight * a) / sum(weight) AS access
                FROM access GROUP BY 1
            ) d LEFT JOIN (
                SELECT left(district, %(digits)s) AS code, count(*) FILTER (WHERE status <> 'closed_for_good') AS places,
                    count(*) FILTER (WHERE id IN (SELECT id FROM doors WHERE hour = %(day)s)) AS usable
                FROM stations GROUP BY 1
            ) p USING (code)
            """,
            {"digits": digits, "day": self._asked.day, "night": self._asked.night},
        )
        return {row[0]: row[1:] for row in rows}

    def quantile(self, share: float, hour: int, prefix: str = "") -> float:
        """Within how many metres such a share of the demand has its nearest open place; infinite for none."""
        row = self._one(
            """
            SELECT min(m) FROM (
                SELECT coalesce(m, 'Infinity') AS m, sum(weight) OVER (ORDER BY coalesce(m, 'Infinity'), n) AS upto,
                    sum(weight) OVER () AS total
                FROM nearest WHERE hour = %s AND district LIKE %s AND weight > 0
            ) ranked WHERE upto >= total * %s * (1 - 1e-12)
            """,
            hour,
            f"{prefix}%",
            share,
        )
        return float(row[0])

    def band(self, hour: int, from_m: float, to_m: float) -> float:
        """The demand whose nearest open place lies between."""
        query = "SELECT coalesce(sum(weight), 0) FROM nearest WHERE hour = %s AND coalesce(m, 'Infinity') >= %s AND coalesce(m, 'Infinity') < %s"
        if to_m == float("inf"):
            query = query.replace("< %s", "<= %s")
        return float(self._one(query, hour, from_m, to_m)[0])

    def equity(self) -> dict[str, float]:
        """Gini by trapezoids, and who has least."""
        row = self._one(
            """
            WITH ranked AS (
                SELECT weight AS w, weight * a AS held, a,
                    sum(weight) OVER (ORDER BY a, n) AS upto, sum(weight * a) OVER (ORDER BY a, n) AS held_upto,
                    sum(weight) OVER () AS total, sum(weight * a) OVER () AS everything
                FROM access WHERE weight > 0
            )
            SELECT 1 - sum(w / total * (2 * held_upto - held) / everything),
                sum(held) / max(total),
                sum(a * greatest(0, least(w, 0.1 * total - (upto - w)))) / max(everything),
                coalesce(sum(w) FILTER (WHERE a = 0), 0) / max(total)
            FROM ranked
            """
        )
        return dict(zip(("gini", "mean", "worst_tenth_share", "without_share"), map(float, row), strict=True))

    def least_access(self) -> list[str]:
        """The counties with the least access a head that together hold a tenth of the demand."""
        rows = self._all(
            """
            SELECT district FROM (
                SELECT district, a, w, sum(w) OVER (ORDER BY a, district) - w AS before, sum(w) OVER () AS total
                FROM (SELECT district, sum(weight) AS w, sum(weight * a) / sum(weight) AS a FROM access GROUP BY 1) c
            ) ranked WHERE before < 0.1 * total ORDER BY a, district
            """
        )
        return [row[0] for row in rows]

    def gap(self, district: str, hours: Sequence[int], cells: Sequence[str]) -> tuple[float, float]:
        """The demand in those hexagons (WKT) that lacks a place at just those hours, and their area in m²."""
        pattern = "".join("0" if hour in set(hours) else "1" for hour in range(168))
        row = self._one(
            """
            WITH ground AS (SELECT ST_Union(ST_GeomFromText(wkt, 4326)) AS shape FROM unnest(%s::text[]) wkt)
            SELECT coalesce(sum(d.weight), 0), max(ST_Area(g.shape::geography))
            FROM ground g LEFT JOIN (
                demand d JOIN patterns p ON p.n = d.n AND p.served = %s AND d.district = %s
            ) ON ST_Intersects(d.place::geometry, g.shape)
            """,
            list(cells),
            pattern,
            district,
        )
        return float(row[0]), float(row[1])

    def with_sites(self, sites: Sequence[tuple[float, float]]) -> list[float]:
        """What is served by day with the first of these sites, the first two, and so on."""
        self._connection.execute("CREATE TEMP TABLE sites (turn int, place geography(Point, 4326))")
        with self._connection.cursor() as cursor:
            point = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography"
            rows = [(turn, lon, lat) for turn, (lon, lat) in enumerate(sites, 1)]
            cursor.executemany(f"INSERT INTO sites VALUES (%s, {point})", rows)
        found = self._all(
            """
            SELECT t.turn, sum(d.weight) FROM generate_series(1, %s) t (turn) JOIN demand d
            ON d.n IN (SELECT n FROM served WHERE hour = %s)
            OR EXISTS (SELECT 1 FROM sites s WHERE s.turn <= t.turn AND ST_DWithin(s.place, d.place, %s))
            GROUP BY 1 ORDER BY 1
            """,
            (len(sites), self._asked.day, self._asked.radius_m),
        )
        return [float(weight) for _, weight in found]

    def _one(self, query: str, *values: object) -> Row:
        row: Row = self._connection.execute(query, values or None).fetchone()
        return row

    def _all(self, query: str, values: object = None) -> list[Row]:
        rows: list[Row] = self._connection.execute(query, values).fetchall()
        return rows
