"""/api/v1/stations/regions: the data with which a phone answers by itself without a network."""

import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from core.civil_time import civil_date
from yihui.http.representations import CACHE_PUBLIC, JSON, conditional_response
from yihui.http.site import Site
from yihui.services.stations.named_areas import build_station_areas
from yihui.services.stations.snapshot import Snapshot
from yihui.views.region_pack import (
    PACK_DAYS,
    RegionChanges,
    RegionNames,
    RegionPack,
    build_region_areas,
    build_region_limits,
    build_region_names,
    build_region_pack,
)

if TYPE_CHECKING:
    from geo.geodesy import Floats
    from geo.region import RegionCell
    from geo.station import Station
    from yihui.files.street_names.reading import NamesFile

    Changes = tuple[list[Station], list[str]]  # changed stations, and ids of the removed ones

_KEPT = 64  # packs; 1 MB each where places are dense
_MOST_CHANGED = 2_000  # stations; if more have changed, the whole pack is sent
_LEVEL = 6
_RAW = -zlib.MAX_WBITS  # deflate without a header
_GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952, with no time and no name
_HEAD = ("cell", "version")  # besides ``since``, which is added when the pack is sent


def router(site: Site) -> APIRouter:
    made, packs = APIRouter(prefix="/api/v1/stations/regions"), RegionPackCache(site)

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
        """Return the stations of a cell of half a degree and its eight neighbours, with 14 days of hours.

        ``cell`` is the cell's south-west corner, such as 117.0_36.5. ``since`` is a version that the client
        holds: the answer then lists only the later changes, with that ``since``. If ``since`` is null in the
        answer, it lists all stations.
        """
        pack = packs.get(_cell(cell), since)
        response = conditional_response(request, pack.to_json(since), JSON, CACHE_PUBLIC)
        if response.status_code != 200 or "gzip" not in request.headers.get("accept-encoding", ""):
            return response
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(pack.to_gzip(since), 200, headers | kept, JSON)

    return made


@dataclass(frozen=True, slots=True)
class EncodedRegionPack:
    """A pack for all clients with some version of one register; each gets its own ``since``.

    That is in the beginning of the pack. ``rest`` follows, and ``deflated_rest`` is the same as raw deflate.
    """

    head: Mapping[str, object]
    rest: bytes
    deflated_rest: bytes
    is_whole: bool

    @classmethod
    def encode(cls, pack: RegionPack) -> "EncodedRegionPack":
        head = {name: value for name, value in pack.items() if name in _HEAD}
        rest = _json({name: value for name, value in pack.items() if name not in {*_HEAD, "since"}})[1:]
        return cls(head, rest, _deflated(rest, zlib.Z_FINISH), pack["since"] is None)

    def to_json(self, since: str | None) -> bytes:
        return self._beginning(since) + self.rest

    def to_gzip(self, since: str | None) -> bytes:
        """Return one gzip member: few clients continue with a second one."""
        beginning = self._beginning(since)
        check = zlib.crc32(self.rest, zlib.crc32(beginning))
        length = (len(beginning) + len(self.rest)) % 2**32
        end = check.to_bytes(4, "little") + length.to_bytes(4, "little")
        return _GZIP + _deflated(beginning, zlib.Z_FULL_FLUSH) + self.deflated_rest + end

    def _beginning(self, since: str | None) -> bytes:
        return _json({**self.head, "since": None if self.is_whole else since})[:-1] + b","


class RegionPackCache:
    """Caches packs of the current snapshot, built on first use.

    A report or notice about a station invalidates only the packs that contain it.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._of: tuple[Snapshot, date] | None = None
        # None: the whole pack
        self._kept: OrderedDict[tuple[RegionCell, int | None], EncodedRegionPack] = OrderedDict()
        self._names: NamesFile | None = None  # of the packs that are cached
        self._too_old = -1  # since this version of the register, or an earlier one, too much has changed
        self._lock = Lock()  # one at a time: building a pack uses the whole processor

    def get(self, cell: "RegionCell", since: str | None) -> EncodedRegionPack:
        """Return the pack of a region, whole or since a version. *Raises*: StoreError."""
        snapshot, first = self._site.snapshots.current(), civil_date(self._site.wiring.now())
        streets = self._site.wiring.street_names
        names = None if streets is None else streets.current()
        with self._lock:
            if self._names is not names:
                self._names = names
                self._kept.clear()
            if self._of is None or self._of[0] is not snapshot or self._of[1] != first:
                self._move_on(snapshot, first)
            return self._pack(snapshot, first, cell, self._register(snapshot, since))

    def _move_on(self, snapshot: Snapshot, first: date) -> None:
        """Remove the packs that are no longer valid."""
        before, self._of = self._of, (snapshot, first)
        if before is None or before[1] != first or before[0].version.register != snapshot.version.register:
            self._too_old = -1
            self._kept.clear()
            return
        version, said_of = str(snapshot.version), _points_with_new_status(before[0], snapshot)
        for (cell, since), pack in list(self._kept.items()):
            if cell.point_indices(said_of):
                del self._kept[cell, since]
            else:
                self._kept[cell, since] = replace(pack, head={**pack.head, "version": version})

    def _pack(
        self, snapshot: Snapshot, first: date, cell: "RegionCell", register: int | None
    ) -> EncodedRegionPack:
        key, changes = (cell, register), None
        if key not in self._kept:
            changes = self._changes(register)
            key = (cell, None if changes is None else register)
        if key not in self._kept:
            self._kept[key] = self._made(snapshot, first, cell, key[1], changes)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _register(self, snapshot: Snapshot, since: str | None) -> int | None:
        """Return the register's part of a version, or None if the whole pack is sent.

        The live part does not matter: live status is always sent whole.
        """
        register = None if since is None else int(since.partition(".")[0])
        if register is None or not self._too_old < register <= snapshot.version.register:
            return None  # a higher number: of another database
        return register

    def _changes(self, register: int | None) -> "Changes | None":
        """Return the changes of all stations; None if they are unknown or too many."""
        if register is None:
            return None
        from yihui.services.stations.changes import load_register_changes

        changes = load_register_changes(self._site.wiring, register, _MOST_CHANGED)
        if changes is None:
            self._too_old = max(self._too_old, register)
        return changes

    def _made(
        self,
        snapshot: Snapshot,
        first: date,
        cell: "RegionCell",
        register: int | None,
        changes: "Changes | None",
    ) -> EncodedRegionPack:
        from geo.region import build_region_timetable

        timetable = build_region_timetable(snapshot.index, cell, first, PACK_DAYS)
        stations = [s for s in snapshot.stations if s.id in timetable.numbers]
        known = build_station_areas(snapshot, self._site.place_names())
        areas = build_region_areas(known, stations, snapshot.stations)
        changed = None if changes is None else _changed(str(register), stations, changes)
        version = str(snapshot.version)
        streets = self._site.wiring.street_names
        names: RegionNames | None = None
        if streets is not None and changed is None:
            within = self._site.wiring.settings.site_area
            names = streets.use(lambda found: build_region_names(cell, found, within), otherwise=None)
        served = self._site.wiring.served_area
        limits = None if served is None else build_region_limits(cell, served)
        pack = build_region_pack(
            cell, version, stations, timetable, snapshot.live, areas, changed, names, limits
        )
        return EncodedRegionPack.encode(pack)


def _points_with_new_status(before: Snapshot, snapshot: Snapshot) -> "Floats":
    """Return the positions of stations whose live status has changed; both snapshots have the same register.

    *Shape*: (n, 2), lon, lat.
    """
    either = before.live.keys() | snapshot.live.keys()
    anew = {id for id in either if before.live.get(id) != snapshot.live.get(id)}
    index = snapshot.index
    return index.points[[at for at, station in enumerate(index.stations) if station.id in anew]]


def _changed(since: str, stations: "list[Station]", changes: "Changes") -> RegionChanges:
    """Return the changes of the region's stations."""
    ids = {station.id for station in changes[0]} | set(changes[1])
    there = [station for station in stations if station.id in ids]
    return RegionChanges(since, there, sorted(ids - {station.id for station in there}))


def _json(pack: Mapping[str, object]) -> bytes:
    return json.dumps(pack, ensure_ascii=False, separators=(",", ":")).encode()


def _deflated(content: bytes, ending: int) -> bytes:
    """Return raw deflate; after a full flush, separately compressed data may follow."""
    work = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return work.compress(content) + work.flush(ending)


def _cell(text: str) -> "RegionCell":
    from geo.region import RegionCell

    try:
        return RegionCell.from_id(text)
    except ValueError as error:
        strange = {"type": "region_cell", "loc": ("path", "cell"), "msg": str(error), "input": text}
        raise RequestValidationError([strange]) from None
