"""/api/v1/stations/search: find places by typed text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from geo.crs import Datum, from_wgs84, to_wgs84
from geo.place_names.query_words import MAX_QUERY_CHARS
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import answer_response
from yihui.http.stations.place_search import find_places
from yihui.http.stations.request import Lat, Lon

if TYPE_CHECKING:
    from geo.place_names.register import NamedPlace

MAX_SEARCH_RESULTS = 50
_DECIMALS = 7


class PlaceSearchParameters(BaseModel):
    """The typed text: a name, an address, a district or a station's id, in Hanzi, pinyin or its initials.

    ``lon`` and ``lat``, in ``datum``: where the user is; what is near comes first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(min_length=1, max_length=MAX_QUERY_CHARS, examples=["quanchenglu"])
    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = Datum.WGS84
    limit: int = Field(default=10, ge=1, le=MAX_SEARCH_RESULTS)
    lang: Literal["zh", "en"] | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("pair", "one without the other")
        return self

    @property
    def near(self) -> tuple[float, float] | None:
        """The position in WGS84, or None."""
        if self.lon is None or self.lat is None:
            return None
        lon, lat = to_wgs84([(self.lon, self.lat)], self.datum)[0].tolist()
        return lon, lat


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
        Simplified and traditional characters match each other, areas may be written without 市 or 区
        (济南泉城路), and if nothing matches, characters of the same sound and one wrong character are accepted.
        """
        media_type = negotiate_media_type(request, asked.datum)
        places = _answers(find_places(site, asked.q, asked.limit, asked.district, asked.near), asked.datum)
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
