"""/api/v1/stations: what is near, as data."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request

from geo.crs import to_wgs84
from yihui.answers import NearestAnswer, nearest_answers
from yihui.http.asked import NearestAsked
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.question import Question

if TYPE_CHECKING:
    from geo.nearest import Nearest


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations")

    @made.get("/nearest")
    def nearest(request: Request, asked: Annotated[NearestAsked, Query()]) -> NearestAnswer:
        """The nearest stations that pass the filters; coordinates in and out are in ``datum``."""
        question = asked.question(asked.datum, site.wiring.now())
        found = find(site, site.snapshots.current(), question, (asked.lon, asked.lat))
        query = {"lon": asked.lon, "lat": asked.lat, **question.as_data()}
        return nearest_answers([query], [found], asked.datum, site.language(request))[0]

    return made


def find(site: Site, snapshot: Snapshot, question: Question, point: tuple[float, float]) -> "Nearest":
    """What is near one point, given in the question's datum; counted as a search."""
    streets = site.wiring.streets(question)
    there = to_wgs84([point], question.datum)
    (found,) = question.put_in_wgs84(snapshot.index, there, streets)
    site.searching.note(there, question, found)
    return found
