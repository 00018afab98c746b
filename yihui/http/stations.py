"""/api/v1/stations: what is near, as data."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request

from yihui.answers import NearestAnswer, nearest_answers
from yihui.http.asked import NearestAsked
from yihui.http.site import Site
from yihui.question import Question

if TYPE_CHECKING:
    from geo.index import StationIndex
    from geo.nearest import Nearest
    from geo.network import Network


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations")

    @made.get("/nearest")
    def nearest(request: Request, asked: Annotated[NearestAsked, Query()]) -> NearestAnswer:
        """The nearest stations that pass the filters; coordinates in and out are in ``datum``."""
        question = asked.question(asked.datum, site.wiring.now())
        streets = site.wiring.streets(question)
        point = (asked.lon, asked.lat)
        found = find(site.snapshots.current().index, question, point, streets)
        site.searching.note(point, question, found)
        query = {"lon": asked.lon, "lat": asked.lat, **question.as_data()}
        return nearest_answers([query], [found], asked.datum, site.language(request))[0]

    return made


def find(
    index: "StationIndex",
    question: Question,
    point: tuple[float, float],
    streets: "Network | None" = None,
) -> "Nearest":
    """What is near one point, given in the question's datum."""
    (found,) = question.put_to(index, [point], streets)
    return found
