"""/api/v1/stations/{id}/readings: a device of a self-service station states whether one can enter."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.civil_time import EARLIEST_DATE, start_of_day
from core.faults import FaultTable
from core.text_marks import N_
from geo.status.devices import MAX_FREE_PLACES, DeviceReading, DoorState
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.errors import problem_response
from yihui.http.guard.allowances import client_address
from yihui.http.site import WRONG_KEYS_PERIOD, Site
from yihui.runtime.errors import problem_of_faults
from yihui.services.stations.devices import find_device, record_device_reading
from yihui.services.stations.keepers import reporter_pseudonym
from yihui.services.stations.reports import require_reporter_key

MAX_BODY_BYTES = 1 << 10
_EARLIEST = start_of_day(EARLIEST_DATE)  # before it some instants have no date in UTC
_FAULTS = FaultTable(
    "device_access",
    {
        "no_key": (N_("the device's key is missing"), N_("send it as Authorization: Bearer KEY")),
        "wrong_key": (
            N_("this is no key of a device of this station, or it was revoked"),
            N_("ask the union for a new one (yihui stations devices add)"),
        ),
        "too_many": (
            N_("Too many wrong keys came from here."),
            N_("the right key works at once; for others wait a quarter of an hour"),
        ),
    },
)


class SentReading(BaseModel):
    """What a device states. ``measured_at`` is its instant, for a device that had no network; now if left out.

    ``free_places`` is left out by a device that counts none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    door: DoorState
    free_places: Annotated[int, Field(ge=0, le=MAX_FREE_PLACES)] | None = None
    measured_at: AwareDatetime | None = None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post(
        "/stations/{station:path}/readings", status_code=204, openapi_extra=openapi_json_body(SentReading)
    )
    async def readings(request: Request, station: str) -> Response:
        """Accept what a device states of its station: whether one can enter, and how many places are free.

        The device's key is sent in ``Authorization: Bearer``. The reading with the latest ``measured_at``
        holds, for one hour: a device repeats it in time, and sends one when something changes.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return _refused(site, request, "no_key", {"WWW-Authenticate": "Bearer"})
        sent = parse_json_body(SentReading, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(_accept, site, request, station, key.strip(), sent)

    return made


def _accept(site: Site, request: Request, station: str, key: str, sent: SentReading) -> Response:
    device = find_device(site.wiring, key)
    if device is None and not _admit_wrong_key(site, request):
        wait_s = int(WRONG_KEYS_PERIOD.total_seconds())
        return _refused(site, request, "too_many", {"Retry-After": str(wait_s)})
    if device is None or device.station != station:
        return _refused(site, request, "wrong_key")
    now = site.wiring.now()
    measured_at = max(min(sent.measured_at or now, now), _EARLIEST)  # a time in the future is a wrong clock
    reading = DeviceReading(measured_at, sent.door, sent.free_places)
    if not record_device_reading(site.wiring, device, reading):
        return _refused(site, request, "wrong_key")
    return Response(status_code=204)


def _admit_wrong_key(site: Site, request: Request) -> bool:
    """Count a wrong key by network, together with keepers' wrong keys."""
    now = site.wiring.now()
    sender = reporter_pseudonym(client_address(request.scope), now, require_reporter_key(site.wiring))
    return site.wrong_key_throttle.admit(sender, now)


def _refused(site: Site, request: Request, code: str, headers: Mapping[str, str] | None = None) -> Response:
    return problem_response(problem_of_faults([_FAULTS.build(code)], site.language(request)), headers)
