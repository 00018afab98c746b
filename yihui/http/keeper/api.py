"""/api/v1/stations/{id}/keep: accept keepers' acts as events."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from core.faults import FaultTable
from core.text_marks import N_
from events import Event
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.errors import problem_response
from yihui.http.keeper.sign_in import AccessRefusal, authenticate_keeper
from yihui.http.site import WRONG_KEYS_PERIOD, Site
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.services.events.events import store_accepted_events
from yihui.services.stations.keepers import Kept, keeper_event

MAX_BODY_BYTES = 16 << 10
_FAULTS = FaultTable(
    "keeper_access",
    {
        "no_key": (N_("the keeper's key is missing"), N_("send it as Authorization: Bearer KEY")),
        "wrong_key": (
            N_("this is no key of this station, or it was revoked"),
            N_("ask the union for a new one"),
        ),
        "too_many": (
            N_("Too many wrong keys came from here."),
            N_("the right key works at once; for others wait a quarter of an hour"),
        ),
    },
)


class AcceptedAct(TypedDict):
    """The accepted act; ``number`` is its id."""

    number: str


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post(
        "/stations/{station:path}/keep",
        status_code=202,
        response_model=AcceptedAct,
        openapi_extra=openapi_json_body(Kept),
    )
    async def keep(request: Request, station: str) -> Response:
        """Accept a keeper's act for a station. The station's key is sent in ``Authorization: Bearer``.

        The act takes effect at once.
        """
        language, key = site.language(request), _bearer(request)
        if key is None:
            return _refused("no_key", language, {"WWW-Authenticate": "Bearer"})
        body = await read_json_body(request, MAX_BODY_BYTES)
        return await site.write_queue.run(_keep, site, request, station, (key, body))

    return made


def _keep(site: Site, request: Request, station: str, sent: tuple[str, bytes]) -> Response:
    (key, body), language = sent, site.language(request)
    known = authenticate_keeper(site, request, key)
    if known is AccessRefusal.TOO_MANY:
        return _refused("too_many", language, {"Retry-After": str(int(WRONG_KEYS_PERIOD.total_seconds()))})
    if (
        isinstance(known, AccessRefusal) or known.station != station
    ):  # the same answer for a station that does not exist
        return _refused("wrong_key", language)
    event = keeper_event(parse_json_body(Kept, body), station, known.id, site.wiring.now())
    return _accepted(site, event)


def _accepted(site: Site, event: Event) -> Response:
    store_accepted_events(site.wiring, [event])
    site.drain.wake()
    answer: AcceptedAct = {"number": event.id}
    return JSONResponse(answer, 202)


def _bearer(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


def _refused(code: str, language: Language, headers: Mapping[str, str] | None = None) -> Response:
    return problem_response(problem_of_faults([_FAULTS.build(code)], language), headers)
