"""/api/v1/stations/regions: what a phone keeps to answer by itself where there is no network."""

import gzip
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from yihui.http.representations import ASK_AGAIN, JSON, shown
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.finding import areas_of
from yihui.region_areas import region_areas
from yihui.region_pack import DAYS, Changed, RegionPack, first_day, region_pack

if TYPE_CHECKING:
    from geo.region import Cell
    from geo.station import Station

_KEPT = 64  # packs; 1 MB each where places are dense
_MOST_CHANGED = 2_000  # stations; where more of them did, the whole is sent
_LEVEL = 6


def router(site: Site) -> APIRouter:
    made, packs = APIRouter(prefix="/api/v1/stations/regions"), Packs(site)

    @made.get("/{cell}", response_model=RegionPack)
    def region(
        request: Request,
        cell: Annotated[
            str,
            Path(
                examples=["117.0_36.5"],
                json_schema_extra={"pattern": r"^-?(1?[0-7]|[0-9])?[0-9]\.[05]_-?[0-8]?[0-9]\.[05]$"},
            ),
        ],
        since: Annotated[str | None, Query(pattern=r"^\d{1,18}\.\d{1,18}$")] = None,
    ) -> Response:
        """The stations of a cell of half a degree and its eight neighbours, with their hours for 14 days.

        ``cell`` is the cell's south-west corner, as in 117.0_36.5. With ``since``, a version that the
        sender holds, only what has changed since; ``since`` in the answer says whether it is that or
        the whole.
        """
        pack = packs.of(_cell(cell), since)
        response = shown(request, pack.plain, JSON, ASK_AGAIN)
        if response.status_code != 200 or "gzip" not in request.headers.get("accept-encoding", ""):
            return response
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(pack.zipped, 200, headers | kept, JSON)

    return made


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it is sent."""

    plain: bytes
    zipped: bytes


class Packs:
    """Packs of the current snapshot, made when first asked for."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._of: tuple[Snapshot, date] | None = None
        self._kept: OrderedDict[tuple[Cell, str | None], Pack] = OrderedDict()
        self._lock = Lock()  # one at a time: a region is work for the whole processor

    def of(self, cell: "Cell", since: str | None) -> Pack:
        """The pack of a region, whole or since a version. *Raises*: StoreError."""
        snapshot, first = self._site.snapshots.current(), first_day(self._site.wiring.now())
        with self._lock:
            if self._of is None or self._of[0] is not snapshot or self._of[1] != first:
                self._of = snapshot, first
                self._kept.clear()
            if (cell, since) not in self._kept:
                self._kept[cell, since] = self._made(snapshot, first, cell, since)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end((cell, since))
            return self._kept[cell, since]

    def _made(self, snapshot: Snapshot, first: date, cell: "Cell", since: str | None) -> Pack:
        from geo.region import timetable_of

        timetable = timetable_of(snapshot.index, cell, first, DAYS)
        stations = [s for s in snapshot.stations if s.id in timetable.numbers]
        changed = self._changed(snapshot, stations, since)
        known = areas_of(snapshot, self._site.place_names())
        areas = region_areas(known, stations, snapshot.stations)
        pack = region_pack(cell, str(snapshot.version), stations, timetable, snapshot.live, areas, changed)
        plain = json.dumps(pack, ensure_ascii=False, separators=(",", ":")).encode()
        return Pack(plain, gzip.compress(plain, _LEVEL, mtime=0))

    def _changed(self, snapshot: Snapshot, stations: "list[Station]", since: str | None) -> Changed | None:
        """What became of the region's stations; None where the whole has to be sent."""
        if since is None:
            return None
        from geo.registry import changed_since

        register = int(since.partition(".")[0])
        if register > snapshot.version.register:  # of another database
            return None
        with self._site.wiring.database.read() as connection:
            changes = changed_since(connection, register, _MOST_CHANGED)
        if changes is None:
            return None
        ids = {station.id for station in changes[0]} | set(changes[1])
        there = [station for station in stations if station.id in ids]
        return Changed(since, there, sorted(ids - {station.id for station in there}))


def _cell(text: str) -> "Cell":
    from geo.region import Cell

    try:
        return Cell.of(text)
    except ValueError as error:
        strange = {"type": "region_cell", "loc": ("path", "cell"), "msg": str(error), "input": text}
        raise RequestValidationError([strange]) from None
