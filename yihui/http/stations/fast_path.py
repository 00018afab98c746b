"""GET /api/v1/stations/nearest where it arrives, as long as the question is plain and all of the answer is in memory."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from pydantic import ValidationError

from geo.formats.coordinates import is_in_china
from geo.nearest.criteria import SearchTooWide
from yihui.http.fast_path import Answer, Plain
from yihui.http.representations import JSON, OWN, VARY, preferred
from yihui.http.site import Site
from yihui.http.stations.nearest import echo, find, query_json
from yihui.http.stations.request import LISTS, RestAsked
from yihui.services.nearest import NearestQuery
from yihui.views.station_json import nearest_json

ADDRESS = "/api/v1/stations/nearest"
HEADERS = {"Content-Type": JSON, "Cache-Control": OWN, "Vary": f"{VARY}, Accept-Encoding"}

WIDEST = 256  # places that a search may look at while everybody waits
_NO_INSTANT = datetime.min.replace(tzinfo=UTC)
_DEGREES = re.compile(rb"-?\d{1,3}(\.\d{1,15})?")


class _Rest(NamedTuple):
    """All that is asked but where: riders ask it in a few ways, so that each is read once."""

    question: NearestQuery  # at any instant where none is named
    is_dated: bool
    lang: str
    echo: bytes


def at_once(site: Site) -> Answer:
    """Gives what the route would; None where the question isn't plain, names an instant or asks for a wide search."""

    def answer(said: Plain) -> bytes | None:
        parted = _parted(said.query)
        if parted is None or preferred(said.accept) != JSON:
            return None
        point, others = parted
        try:
            rest = _read(others)
        except ValidationError:  # told by the route, together with what is wrong with the point
            return None
        snapshot = site.snapshots.at_hand()
        by_streets = rest.question.travel and site.wiring.settings.routing
        if snapshot is None or by_streets or rest.is_dated:  # the hours of any date may have to be read
            return None
        question = rest.question.with_instant(site.wiring.now())
        try:
            found = find(site, snapshot, question, point, WIDEST)
        except SearchTooWide:
            return None
        language = site.language_of(rest.lang, said.language)
        query = query_json(point, question, rest.echo)
        return nearest_json(query, found, question.datum, language, site.written)

    return answer


def _parted(query: bytes) -> tuple[tuple[float, float], bytes] | None:
    """A point in China, written as plain degrees, and the rest of the question; else None."""
    point: dict[bytes, bytes] = {}
    rest = []
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name not in (b"lon", b"lat"):
            rest.append(part)
        elif name in point or not _DEGREES.fullmatch(value):
            return None
        else:
            point[name] = value
    if len(point) < 2:
        return None
    lon, lat = float(point[b"lon"]), float(point[b"lat"])
    return ((lon, lat), b"&".join(rest)) if is_in_china(lon, lat) else None


@lru_cache(maxsize=1_024)  # without a position, and what can't be read is not kept
def _read(query: bytes) -> _Rest:
    """*Raises*: ValidationError."""
    said: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        said.setdefault(name, []).append(value)
    asked = RestAsked.model_validate(_fields(said))
    question = asked.question(asked.datum, _NO_INSTANT)
    return _Rest(question, asked.at is not None, asked.lang or "", echo(question))


def _fields(said: Mapping[str, list[str]]) -> dict[str, object]:
    """All that was sent where several make sense, else the last."""
    return {name: values if name in LISTS else values[-1] for name, values in said.items()}
