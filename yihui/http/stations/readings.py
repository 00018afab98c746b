"""/api/v1/stations/{id}/readings: a device of a self-service station states whether one can enter."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.civil_time import EARLIEST_DATE, start_of_day
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.status.devices import MAX_FREE_PLACES, DeviceReading, DoorState
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.keeper.sign_in import admit_wrong_key, read_bearer_key
from yihui.http.site import Site
from yihui.services.stations.devices import find_device, record_device_reading

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
        key = read_bearer_key(request)
        if not key:
            raise FaultError(_FAULTS.build("no_key"))
        sent = parse_json_body(SentReading, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(_accept, site, request, station, key, sent)

    return made


def _accept(site: Site, request: Request, station: str, key: str, sent: SentReading) -> Response:
    device = find_device(site.wiring, key)
    if device is None and not admit_wrong_key(site, request):
        raise FaultError(_FAULTS.build("too_many"))
    now = site.wiring.now()
    measured_at = max(min(sent.measured_at or now, now), _EARLIEST)  # a time in the future is a wrong clock
    reading = DeviceReading(measured_at, sent.door, sent.free_places)
    if device is None or device.station != station or not record_device_reading(site.wiring, device, reading):
        raise FaultError(_FAULTS.build("wrong_key"))
    return Response(status_code=204)
