"""/api/v1/feeds/{id}: an app pushes records of its own format; the feed's mapping turns them into events."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events.feeds.conversion import ConversionOutcome, Converted, Rejected, Skipped
from events.feeds.mapping import TABULAR_FORMATS, FeedMapping
from events.feeds.records import parse_records
from events.feeds.running import convert_records
from members import scrub_personal_numbers
from yihui.access.senders import SenderUse
from yihui.http.body import read_json_body
from yihui.http.cloud_events import MAX_EVENTS_PER_REQUEST
from yihui.http.errors import problem_response
from yihui.http.events import MAX_EVENTS_BODY_BYTES, AcceptedEvents, RejectedEvent, intake_response
from yihui.http.sender_access import SenderRequest, open_sender_request
from yihui.http.site import Site
from yihui.runtime.errors import Problem, problem_of, problem_of_faults
from yihui.runtime.language import Language
from yihui.services.events.feed_mappings import FeedMappingRepository
from yihui.services.events.feeds import BoundFeed, DistrictCodes, build_feed_converter, load_district_codes
from yihui.views.feeds import errors_json

_LOG = logging.getLogger(__name__)
_FAULTS = FaultTable(
    "feed_address",
    {
        "unknown": (
            N_("there is no feed {value}"),
            N_("write the name that the union gave to this feed, in the address behind /feeds/"),
        ),
        "comes_as_file": (
            N_("the feed {value} comes as a table, not over HTTP"),
            N_("hand the file to the union: yihui feeds run"),
        ),
    },
)
_BODY_FAULTS = FaultTable(
    "feed_body",
    {
        "too_many": (
            N_("a request holds at most {limit} records"),
            N_("send fewer records at a time"),
        )
    },
)


class AcceptedRecords(AcceptedEvents):
    """The answer as for events, with the skipped records and the unknown fields."""

    skipped: list[int]
    warnings: list[dict[str, object]]


@dataclass(slots=True)
class FeedIntake:
    """Accepts records; mappings are read again when their files change."""

    site: Site
    mappings: FeedMappingRepository
    _districts: DistrictCodes | None = None

    def accept_records(
        self, mapping: FeedMapping, body: bytes, language: Language, sender: SenderRequest
    ) -> tuple[AcceptedRecords, Mapping[int, Sequence[Fault]]]:
        """Convert the records; store their events and the new user links in one transaction.

        A record whose event the sender may not send is rejected.

        Return the answer, and the faults of each rejected record by its index.

        *Raises*: FaultError if the body contains no records.
        """
        wiring = self.site.wiring
        records = parse_records(body, mapping)
        if len(records) > MAX_EVENTS_PER_REQUEST:
            raise FaultError(_BODY_FAULTS.build("too_many", limit=MAX_EVENTS_PER_REQUEST))
        converter = build_feed_converter(wiring, mapping, None, self._names(mapping))
        converter.recorded = wiring.now()  # a sender over HTTP sends new records
        made = convert_records(records, converter, wiring.database, size=MAX_EVENTS_PER_REQUEST)
        bound = BoundFeed(wiring, converter, sender.require)
        outcomes = [outcome for batch in made for outcome in bound.commit(batch)]
        answer = _answer(outcomes, converter.unknown_fields.faults(None), language)
        self.site.gate.add_accepted(len(answer.accepted))
        wiring.metrics.count_received(f"feeds/{mapping.feed}", len(answer.accepted), len(answer.rejected))
        self.site.drain.wake()
        return answer, {n: item.faults for n, item in enumerate(outcomes) if isinstance(item, Rejected)}

    def _names(self, mapping: FeedMapping) -> DistrictCodes | None:
        if self._districts is None and mapping.has_district_names():
            self._districts = load_district_codes(self.site.wiring)
        return self._districts


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")
    door = FeedIntake(site, FeedMappingRepository(site.wiring.settings.feeds))

    @made.post("/feeds/{feed}", status_code=202, response_model=AcceptedRecords)
    async def feeds(feed: str, request: Request) -> Response:
        """Accept records of another app: one record, a list, or an object with the list where the mapping names it.

        202 reports which records were accepted, and which were not and why. If there are rejected records and no
        accepted one, the answer is a problem with the same lists. A record that is sent again becomes the same
        event and is not counted twice.
        """
        sender = await run_in_threadpool(open_sender_request, site, request, SenderUse.FEEDS)
        await run_in_threadpool(site.gate.check)
        body = await read_json_body(request, MAX_EVENTS_BODY_BYTES)
        words = site.language(request)
        try:
            mapping = await run_in_threadpool(door.mappings.get, feed)
        except (OSError, FaultError) as error:
            return problem_response(_unusable(error, words))
        if mapping is None or mapping.format in TABULAR_FORMATS:
            return problem_response(_not_here(feed, mapping, words))
        answer, faults = await run_in_threadpool(door.accept_records, mapping, body, words, sender)
        return intake_response(answer, faults, words)

    return made


def _answer(outcomes: list[ConversionOutcome], strangers: list[Fault], language: Language) -> AcceptedRecords:
    rejected = [
        RejectedEvent(index=n, id=item.id, errors=errors_json(item.faults, language))
        for n, item in enumerate(outcomes)
        if isinstance(item, Rejected)
    ]
    return AcceptedRecords(
        accepted=[item.event.id for item in outcomes if isinstance(item, Converted)],
        rejected=rejected,
        skipped=[n for n, item in enumerate(outcomes) if isinstance(item, Skipped)],
        warnings=errors_json(strangers, language),
    )


def _unusable(error: Exception, language: Language) -> Problem:
    """Return 503 for a faulty mapping: the fault is ours, and the sender may try again later."""
    problem = problem_of(error, language)
    assert problem is not None, type(error).__name__
    _LOG.error("feeds: %s", problem.title)
    return replace(problem, status=503)


def _not_here(feed: str, mapping: FeedMapping | None, language: Language) -> Problem:
    """Return the problem for an address without a feed; it does not name the existing ones."""
    if mapping is not None:
        fault = _FAULTS.build("comes_as_file", field="feed", value=feed)
    else:
        fault = _FAULTS.build("unknown", field="feed", value=scrub_personal_numbers(feed)[:80])
    return problem_of_faults([fault], language)
