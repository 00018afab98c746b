"""/api/v1/stations/{id}/keep: accept keepers' acts as events."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.keeper.sign_in import AccessRefusal, authenticate_keeper, read_bearer_key
from yihui.http.site import Site
from yihui.services.events.events import store_accepted_events
from yihui.services.stations.keepers import Kept, check_act, keeper_events

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

        The act takes effect at once. Whoever says that one gets in (``let_in``, or the answer ``open_now``) while the
        hours say closed says ``until`` when: that becomes the exception of the day.
        """
        key = read_bearer_key(request)
        if not key:
            raise FaultError(_FAULTS.build("no_key"))
        body = await read_json_body(request, MAX_BODY_BYTES)
        return await site.write_queue.run(_keep, site, request, station, (key, body))

    return made


def _keep(site: Site, request: Request, station: str, sent: tuple[str, bytes]) -> Response:
    key, body = sent
    known = authenticate_keeper(site, request, key)
    if known is AccessRefusal.TOO_MANY:
        raise FaultError(_FAULTS.build("too_many"))
    # The same answer for a station that does not exist
    if isinstance(known, AccessRefusal) or known.station != station:
        raise FaultError(_FAULTS.build("wrong_key"))
    kept = parse_json_body(Kept, body)
    hours = check_act(site.wiring, kept, station)
    events = keeper_events([*hours, kept], station, known.id, site.wiring.now())
    store_accepted_events(site.wiring, events)
    site.drain.wake()
    answer: AcceptedAct = {"number": events[-1].id}
    return JSONResponse(answer, 202)
