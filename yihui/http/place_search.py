"""/api/v1/places/search: find stations, districts, roads, crossings, house numbers and landmarks by typed text."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from geo.crs import from_wgs84, point_to_wgs84
from geo.datum import Datum
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import MAX_QUERY_CHARS
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, negotiate_media_type
from yihui.http.rider.place_choices import build_place_choices, find_all_places
from yihui.http.site import Site
from yihui.http.stations.geojson import answer_response
from yihui.http.stations.place_search import FoundPlace
from yihui.http.stations.request import Lat, Lon
from yihui.services.streets.current import STREETS_ATTRIBUTION

if TYPE_CHECKING:
    from yihui.http.rider.place_choices import PlaceChoice

_DECIMALS = 7


class PlaceSearchParameters(BaseModel):
    """The typed text: a name, an address, a district or a station's id, in Hanzi, pinyin or its initials.

    ``lon`` and ``lat``, in ``datum``: where the user is; what is near comes first. A point in whole hundredths of a
    degree is a rough one, as the riders' page sends it: no distances from it are stated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(min_length=1, max_length=MAX_QUERY_CHARS, examples=["quanchenglu"])
    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = Datum.WGS84
    limit: int = Field(default=10, ge=1, le=50)
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
        return point_to_wgs84((self.lon, self.lat), self.datum)

    @property
    def has_rough_position(self) -> bool:
        """Whether the position is too rough to state distances."""
        return all(degrees is not None and round(degrees, 2) == degrees for degrees in (self.lon, self.lat))


class FoundPlaceAnswer(TypedDict):
    """A place. ``id`` is a station's id, a district's code, or the kind and the point of a named place.

    ``name`` and ``detail`` are finished texts in the reader's language. ``approximate`` is true where a house
    number is not known and another one, or the road, is shown in its place.
    """

    kind: StreetKind
    id: str
    name: str
    detail: str
    district: str | None
    lon: float | None
    lat: float | None
    approximate: bool


class PlacesAnswer(TypedDict):
    """The places, best match first. ``sources`` are sentences that must be shown with them."""

    datum: str
    sources: list[str]
    places: list[FoundPlaceAnswer]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/places", tags=["places"])

    @made.get("/search", response_model=PlacesAnswer, responses=COLLECTION_RESPONSES)
    def search_places(request: Request, asked: Annotated[PlaceSearchParameters, Query()]) -> Response:
        """Search stations, districts and, where streets are built, everything that has a name, best match first.

        Typed are names in Hanzi of either script, pinyin or its initials, with the city or district in front or
        not (济南泉城路); a road with a house number (泉城路200号); or two roads that cross (泉城路与芙蓉街).
        """
        media_type = negotiate_media_type(request, asked.datum)
        language = site.language(request)
        places = find_all_places(site, asked.q, asked.limit, asked.near, asked.district)
        choices = build_place_choices(places, language, with_distances=not asked.has_rough_position)
        answer: PlacesAnswer = {
            "datum": asked.datum.value,
            "sources": [language.translate(STREETS_ATTRIBUTION)]
            if any(one.is_street for one in places)
            else [],
            "places": [
                _answer(place, choice, asked.datum) for place, choice in zip(places, choices, strict=True)
            ],
        }
        return answer_response(request, answer, media_type, "places", ("datum", "sources"), CACHE_PRIVATE)

    return made


def _answer(found: FoundPlace, choice: "PlaceChoice", datum: Datum) -> FoundPlaceAnswer:
    point = found.point
    lon, lat = (None, None) if point is None else from_wgs84([point], datum)[0].round(_DECIMALS).tolist()
    return {
        "kind": found.name.kind,
        "id": found.name.id,
        "name": choice.name,
        "detail": choice.detail,
        "district": found.district,
        "lon": lon,
        "lat": lat,
        "approximate": found.name.asked_number != "",
    }
