"""/api/v1/stations/search: find places by typed text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from geo.crs import Datum, from_wgs84
from geo.place_search.search import MAX_QUERY_CHARS
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import answer_response
from yihui.http.stations.place_search import find_places

if TYPE_CHECKING:
    from geo.place_search.search import NamedPlace

MAX_SEARCH_RESULTS = 50
_DECIMALS = 7


class PlaceSearchParameters(BaseModel):
    """The typed text: a name, an address or a district, in Hanzi, pinyin or initials of pinyin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(min_length=1, max_length=MAX_QUERY_CHARS, examples=["quanchenglu"])
    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    datum: Datum = Datum.WGS84
    limit: int = Field(default=10, ge=1, le=MAX_SEARCH_RESULTS)
    lang: Literal["zh", "en"] | None = None


class PlaceAnswer(TypedDict):
    """A place. ``id`` is a station's id or a district's code; a district's point is the median of its stations.

    ``areas`` are the names of the areas around it; ``count`` is the number of a district's stations.
    """

    kind: Literal["district", "station"]
    id: str
    name: str
    address: str
    areas: str
    district: str | None
    lon: float | None
    lat: float | None
    count: int | None


class SearchAnswer(TypedDict):
    """The places, best match first."""

    datum: str
    places: list[PlaceAnswer]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/search", response_model=SearchAnswer, responses=COLLECTION_RESPONSES)
    def search(request: Request, asked: Annotated[PlaceSearchParameters, Query()]) -> Response:
        """Search districts and stations by name or address, best match first.

        The whole name ranks first, then its beginning, its initials, a part of it, and a part of an address.
        """
        media_type = negotiate_media_type(request, asked.datum)
        places = _answers(find_places(site, asked.q, asked.limit, asked.district), asked.datum)
        answer: SearchAnswer = {"datum": asked.datum.value, "places": places}
        return answer_response(request, answer, media_type, "places", ("datum",), CACHE_PRIVATE)

    return made


def _answers(places: "Sequence[NamedPlace]", datum: Datum) -> list[PlaceAnswer]:
    placed = [(one.lon, one.lat) for one in places if one.lon is not None and one.lat is not None]
    points = iter(from_wgs84(placed, datum).round(_DECIMALS).tolist() if placed else ())
    return [_answer(place, next(points) if place.lon is not None else (None, None)) for place in places]


def _answer(place: "NamedPlace", point: tuple[float | None, float | None]) -> PlaceAnswer:
    return {
        "kind": place.kind,
        "id": place.id,
        "name": place.name,
        "address": place.address,
        "areas": place.areas,
        "district": place.district,
        "lon": point[0],
        "lat": point[1],
        "count": place.count if place.kind == "district" else None,
    }
