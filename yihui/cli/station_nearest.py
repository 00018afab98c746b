"""Run ``yihui stations nearest`` and print the results."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import typer

from core.faults import FaultError, FaultTable, raise_faults_by_row
from core.sheets.listed_rows import HiddenRows, ListedThings
from core.sheets.table import Table, quotable_headers
from core.text_marks import N_
from geo.formats.columns import guess_columns
from geo.formats.coordinates import CoordinateText
from geo.formats.files import read_table
from geo.nearest.query import NearestQuery
from geo.nearest.travel import NO_ROUTE, TRAVEL_MODES, Network, Travel
from yihui.bootstrap import Wiring
from yihui.cli.options import open_sheets
from yihui.files.points import parse_query_point, parse_typed_query_point
from yihui.services.stations.nearest import find_nearest, find_nearest_of_point
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    OPENING_STATE_LABELS,
    SAMPLE_LABEL,
    STATION_KIND_LABELS,
    code_label,
    format_facilities,
    format_minutes,
)
from yihui.views.stations import HitAnswer, NearestAnswer, build_nearest_answers, build_query_answer

_CELLS = N_("the first line names the columns lon and lat, then comes one point a line: 117.0204,36.6683")
_IMPORT_ONE = N_(
    "import one: yihui stations import FILE.csv --datum wgs84; `yihui stations registers` lists what is there"
)
_BATCH = 1000  # points queried together

NEAREST_FAULTS = FaultTable(
    "nearest",
    {
        "no_column": (N_("there is no column “{column}”; there are: {value}"), _CELLS),
        "unknown_travel": (N_("“{value}” is no way to travel"), N_("say walk or ebike")),
        "nothing_placed": (N_("there is no placed station to find"), _IMPORT_ONE),
        "nothing_placed_in_register": (
            N_("there is no placed station in the register “{value}”"),
            _IMPORT_ONE,
        ),
    },
)
FAR_AWAY_M = 50_000  # a rider who asks for the nearest place does not want one that is farther


@dataclass(frozen=True, slots=True)
class QueryPoint:
    """A query point in the datum of the query. ``row`` is its row where it comes from a file."""

    lon: float
    lat: float
    row: int | None = None

    def as_data(self) -> dict[str, object]:
        row = {} if self.row is None else {"row": self.row}
        return {**row, "lon": self.lon, "lat": self.lat}


def print_nearest(
    wiring: Wiring,
    query: NearestQuery,
    where: tuple[str, str | None] | Path,
    *,
    as_json: bool,
    network: Network | None = None,
) -> None:
    """Print the result for one point, or one line of JSON for each point of a file."""
    if isinstance(where, Path):
        for found in _query_nearest(wiring, query, _read_points(wiring, where), network):
            typer.echo(json.dumps(found, ensure_ascii=False))
        return
    (found,) = _query_nearest(wiring, query, [parse_point(*where)], network)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print_result(wiring, found)


def _query_nearest(
    wiring: Wiring, query: NearestQuery, points: Sequence[QueryPoint], network: Network | None
) -> Iterator[NearestAnswer]:
    """Yield the answer to each point. *Raises*: FaultError where no station is placed."""
    asked = build_query_answer(query)
    if len(points) == 1 and network is None:
        found = find_nearest_of_point(wiring.stations, (points[0].lon, points[0].lat), query)
        if found is None:
            raise _build_nothing_placed(query)
        one = [{**points[0].as_data(), **asked}]
        yield from build_nearest_answers(one, [found], query.datum, wiring.language)
        return
    index = wiring.stations(query.register)
    if not len(index):
        raise _build_nothing_placed(query)
    for start in range(0, len(points), _BATCH):
        batch = points[start : start + _BATCH]
        given = np.array([(point.lon, point.lat) for point in batch], dtype=np.float64)
        queries = [{**point.as_data(), **asked} for point in batch]
        results = find_nearest(index, given, query, network)
        yield from build_nearest_answers(queries, results, query.datum, wiring.language)


def _build_nothing_placed(query: NearestQuery) -> FaultError:
    code = "nothing_placed" if query.register is None else "nothing_placed_in_register"
    field = "--register" if query.register else None
    return FaultError(NEAREST_FAULTS.build(code, field=field, value=query.register or ""))


# --- input


def parse_travel(mode: str | None) -> Travel | None:
    """Return the way of travelling, or None where none is given. *Raises*: FaultError for an unknown one."""
    if mode is not None and mode not in TRAVEL_MODES:
        raise FaultError(NEAREST_FAULTS.build("unknown_travel", field="--travel", value=mode))
    return Travel.by_mode(mode)


def parse_point(lon: str, lat: str | None) -> QueryPoint:
    """Read a typed point, also both coordinates in one text. *Raises*: FaultError."""
    point = parse_typed_query_point(lon, lat)
    if isinstance(point, list):
        raise FaultError(point)
    return QueryPoint(*point)


def _read_points(wiring: Wiring, path: Path) -> list[QueryPoint]:
    table = _read_point_table(path)
    headers = guess_columns(table.headers).fields
    missing = [name for name in ("lon", "lat") if name not in headers]
    if missing:
        there = quotable_headers(table)
        raise FaultError(
            [
                NEAREST_FAULTS.build(
                    "no_column", file=table.file, row=1, field=name, value=there, terms={"column": name}
                )
                for name in missing
            ]
        )
    table = open_sheets(wiring, HiddenRows.TAKE).select(
        table, lambda _: ListedThings((*headers["lon"], *headers["lat"]))
    )
    points, faults = [], list(table.faults)
    for row in table.rows:
        written = CoordinateText(
            row.text(headers["lon"]), row.text(headers["lat"]), headers["lon"][0], headers["lat"][0]
        )
        point = parse_query_point(written)
        if isinstance(point, tuple):
            points.append(QueryPoint(*point, row.number))
        else:
            faults += [fault.at(file=table.file, row=row.number) for fault in point]
    raise_faults_by_row(faults)
    return points


def _read_point_table(path: Path) -> Table:
    """Read the CSV file of points.

    *Raises*: FaultError; for a file without points, with a remedy that describes a file of points.
    """
    content = path.read_bytes()
    try:
        return read_table(content, path.name)
    except FaultError as error:
        if content.partition(b"\n")[2].strip(b",; \t\r\n"):
            raise
        raise FaultError([replace(fault, remedy=_CELLS) for fault in error.faults]) from error


# --- output


def _print_result(wiring: Wiring, found: NearestAnswer) -> None:
    """Print a few lines for each station, beginning with the distance, the name and whether it is usable."""
    if found["grown_to_m"] is not None:
        told = N_("nothing will do within {metres} m; looked as far as {grown} m")
        near, far = found["query"]["within_m"], found["grown_to_m"]
        typer.echo(wiring.render(told, metres=f"{near:.0f}", grown=f"{far:.0f}"))
    nearest = found["results"][0] if found["results"] else found["first_to_open"]
    if nearest is not None and nearest["distance_m"] > FAR_AWAY_M:
        told = N_(
            "the nearest is {km} km away: check that longitude comes before latitude, and that a register covers the "
            "point (yihui stations registers)"
        )
        typer.echo(wiring.render(told, km=f"{nearest['distance_m'] / 1000:,.0f}"))
    if found["off_streets"]:
        typer.echo(
            wiring.render(N_("no street is near the point; the minutes are estimates by the straight line"))
        )
    for number, hit in enumerate(found["results"], 1):
        head = "  ".join(filter(None, _way(wiring, hit)))
        typer.echo(f"{number}  {head}  {_name(wiring, hit)}")
        for parts in (_state(wiring, hit) + _door(wiring, hit), _place(wiring, hit), _origin(wiring, hit)):
            typer.echo("     " + " · ".join(filter(None, parts)))
    if not found["results"]:
        typer.echo(
            wiring.render(N_("nothing found; leave out a filter, or widen --within-m or --within-min"))
        )
    if found["first_to_open"] is not None:
        _print_first_to_open(wiring, found["first_to_open"])
    for skip in found["skipped"]:
        told = N_("nearer, but skipped: {name}, {metres} m: {reason}")
        metres = f"{skip['distance_m']:.0f}"
        typer.echo(wiring.render(told, name=skip["name"], metres=metres, reason=skip["reason"]))
    for skip in found["beyond"]:
        told = N_("too far: {name}, {metres} m: {reason}")
        metres = f"{skip['distance_m']:.0f}"
        typer.echo(wiring.render(told, name=skip["name"], metres=metres, reason=skip["reason"]))


def _print_first_to_open(wiring: Wiring, hit: HitAnswer) -> None:
    if hit["opens_at"] is None:
        told = N_("open: {name}, {metres} m {bearing}, {when} away")
        when = format_minutes(hit["minutes"] or 0, wiring.language)
    else:
        is_sure = hit["state"] == "closed" and hit["until"] in (None, hit["opens_at"])
        told = (
            N_("first to open: {name}, {metres} m {bearing}, opens {when}")
            if is_sure
            else N_("first to open: {name}, {metres} m {bearing}, opens {when} at the latest")
        )
        when = _format_clock(hit["opens_at"], hit["at"])
    way = {"metres": f"{hit['distance_m']:.0f}", "bearing": wiring.language.translate(hit["bearing"])}
    typer.echo(wiring.render(told, name=_name(wiring, hit), when=when, **way))


def _format_clock(instant: str, at: str) -> str:
    """Return the time; add the date where it is not the day of the visit."""
    then = datetime.fromisoformat(instant)
    same_day = then.date() == datetime.fromisoformat(at).date()
    return f"{then:%H:%M}" if same_day else f"{then:%m-%d %H:%M}"


def _name(wiring: Wiring, hit: HitAnswer) -> str:
    mark = wiring.language.translate(SAMPLE_LABEL)
    return hit["name"] + (f" [{mark}]" if hit["sample"] and mark not in hit["name"] else "")


def _place(wiring: Wiring, hit: HitAnswer) -> tuple[str, ...]:
    language = wiring.language
    return (
        code_label(STATION_KIND_LABELS, hit["kind"], language),
        hit["address"],
        format_facilities(hit["facilities"], language),
    )


def _way(wiring: Wiring, hit: HitAnswer) -> tuple[str, ...]:
    minutes, way_m = hit["minutes"], hit["way_m"]
    template = N_("about {time} (estimate)") if way_m is None else N_("{time}, {way} m by street")
    told = {"time": format_minutes(minutes or 0, wiring.language), "way": f"{way_m or 0:.0f}"}
    return (
        f"{hit['distance_m']:.0f} m",
        wiring.language.translate(hit["bearing"]),
        "" if minutes is None else wiring.render(template, **told),
        wiring.language.translate(NO_ROUTE) if hit["minutes_by"] == "no_street" else "",
    )


def _state(wiring: Wiring, hit: HitAnswer) -> tuple[str, ...]:
    state = code_label(OPENING_STATE_LABELS, hit["state"], wiring.language)
    if hit["until"]:
        is_doubted = hit["state"] == "closed" and hit["until"] != hit["opens_at"]
        told = N_("{state} until {until}, then not known") if is_doubted else N_("{state} until {until}")
        state = wiring.render(told, state=state, until=_format_clock(hit["until"], hit["at"]))
    quoted = hit["hours_text"] and f"“{' / '.join(hit['hours_text'].splitlines())}”"
    notes = (one["reason"] for one in hit["live"] if one["reason"] != hit["reason"])
    return state, hit["reason"], *notes, quoted


def _door(wiring: Wiring, hit: HitAnswer) -> tuple[str, ...]:
    language = wiring.language
    note = hit["note"] and f"“{' '.join(hit['note'].split())}”"
    return (
        code_label(ENTRY_LABELS, hit["entry"], language),
        code_label(ACCESS_LABELS, hit["access"], language),
        note,
    )


def _origin(wiring: Wiring, hit: HitAnswer) -> tuple[str, ...]:
    verified = hit["verified_on"]
    when = (
        wiring.render(N_("verified {day}"), day=verified) if verified else wiring.render(N_("never verified"))
    )
    return wiring.render(N_("read in: {source}"), source=hit["source"]), when, hit["id"]
