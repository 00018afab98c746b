"""/api/v1/stations/{id}/readings: a device of a self-service station sends what it measures."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response

from core.faults import Fault, FaultTable
from core.text_marks import N_
from events import Event, InvalidEvent, check_publishable, parse_event
from geo.registry import StationDevice
from yihui.http.body import read_json_body
from yihui.http.cloud_events import ReceivedEvent, parse_http_events
from yihui.http.events import AcceptedEvents, build_rejected_event, intake_response
from yihui.http.guard.allowances import client_address
from yihui.http.problem_page import problem_response
from yihui.http.site import WRONG_KEYS_PERIOD, Site
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.services.stations.devices import find_device, record_device_readings
from yihui.services.stations.keepers import reporter_pseudonym
from yihui.services.stations.reports import require_reporter_key

MAX_BODY_BYTES = 256 << 10
_SECONDS_OF_HOUR = 3600
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


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post("/stations/{station:path}/readings", status_code=202, response_model=AcceptedEvents)
    async def readings(request: Request, station: str) -> Response:
        """Accept readings of a device: CloudEvents of type ``station.sensed``, one or a list.

        The device's key is sent in ``Authorization: Bearer``. A reading that is sent again with the same id
        counts once; readings may come late, up to a day, and in any order. A device that sends more than 120
        readings of one hour gets 429.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return _refused("no_key", site.language(request), {"WWW-Authenticate": "Bearer"})
        body = await read_json_body(request, MAX_BODY_BYTES)
        received = parse_http_events(request.headers, body, site.wiring.now())
        return await site.write_queue.run(_accept, site, request, station, (key.strip(), received))

    return made


def _accept(
    site: Site, request: Request, station: str, sent: tuple[str, Sequence[ReceivedEvent]]
) -> Response:
    (key, received), language = sent, site.language(request)
    device = find_device(site.wiring, key)
    if device is None and not _admit_wrong_key(site, request):
        wait_s = int(WRONG_KEYS_PERIOD.total_seconds())
        return _refused("too_many", language, {"Retry-After": str(wait_s)})
    if device is None or device.station != station or device.revoked_at is not None:
        return _refused("wrong_key", language)
    return _answer(site, device, received, language)


def _answer(
    site: Site, device: StationDevice, received: Sequence[ReceivedEvent], language: Language
) -> Response:
    now = site.wiring.now()
    checked = [check_publishable(parse_event(one.written, now)) for one in received]
    good = [item for item in checked if isinstance(item, Event)]
    found = iter(record_device_readings(site.wiring, device, good))
    rejected: dict[int, InvalidEvent] = {}
    accepted: list[str] = []
    for index, item in enumerate(checked):
        if isinstance(item, InvalidEvent):
            rejected[index] = item
        elif (fault := next(found)) is not None:
            rejected[index] = InvalidEvent((fault,), item.source, item.id, item.text)
        else:
            accepted.append(item.id)
    if accepted:
        site.drain.wake()
    site.wiring.metrics.count_received("readings", len(accepted), len(rejected))
    answer = AcceptedEvents(
        accepted=accepted,
        rejected=[build_rejected_event(n, item, language) for n, item in rejected.items()],
    )
    response = intake_response(answer, {n: item.faults for n, item in rejected.items()}, language)
    if response.status_code == 429:
        response.headers["Retry-After"] = str(_seconds_to_next_hour(now.timestamp()))
    return response


def _seconds_to_next_hour(now_s: float) -> int:
    return _SECONDS_OF_HOUR - int(now_s) % _SECONDS_OF_HOUR


def _admit_wrong_key(site: Site, request: Request) -> bool:
    """Count a wrong key by network, together with keepers' wrong keys."""
    now = site.wiring.now()
    sender = reporter_pseudonym(client_address(request.scope), now, require_reporter_key(site.wiring))
    return site.wrong_key_throttle.admit(sender, now)


def _refused(code: str, language: Language, headers: Mapping[str, str] | None = None) -> Response:
    fault: Fault = _FAULTS.build(code)
    return problem_response(problem_of_faults([fault], language), headers)
