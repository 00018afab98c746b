"""/api/v1/polls: polls, a member's answers, results."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import Reach

MAX_ANSWERS_BYTES = 256 << 10
PollId = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key")]


class PollAnswers(BaseModel):
    """A member's answers by question: an option, a list of options, a step of the scale, or a text."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"member": "m-1", "answers": {"best": "泉城路驿站", "why": "有热水", "score": 5}}]
        },
    )
    member: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
    answers: Annotated[dict[str, object], Field(max_length=100)]


class ChartResponse(Response):
    """A picture."""

    media_type = "image/svg+xml"


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/polls")

    @made.get("")
    def polls(reach: CurrentReach) -> dict[str, object]:
        """List all polls, the newest first.

        Each has its questions, its state, and how many have answered.
        """
        from yihui.services.organisations.polls import load_polls
        from yihui.views.polls import poll_json

        return {"polls": [poll_json(state) for state in load_polls(site.wiring, reach)]}

    @made.get("/{poll}")
    def poll(poll: PollId, reach: CurrentReach) -> dict[str, object]:
        """Show a poll with its questions.

        ``participants`` is null for an anonymous poll that fewer than five have answered.
        """
        from yihui.services.organisations.polls import load_poll
        from yihui.views.polls import poll_json

        return poll_json(load_poll(site.wiring, poll, reach))

    @made.post("/{poll}/answers", status_code=201, openapi_extra=openapi_json_body(PollAnswers))
    async def answer_poll(
        request: Request, poll: PollId, reach: CurrentReach, key: RequestKey = None
    ) -> Response:
        """Store a member's answers, once.

        The same Idempotency-Key gets the same receipt, with 200; the first answers count.
        """
        sent = parse_json_body(PollAnswers, await read_json_body(request, MAX_ANSWERS_BYTES))
        await run_in_threadpool(site.gate.check)
        return await site.write_queue.run(_answer, site, reach, poll, sent, key)

    @made.get("/{poll}/results")
    def poll_results(poll: PollId, reach: CurrentReach) -> dict[str, object]:
        """Show the result.

        Small counts of an anonymous poll are null, because they could reveal how a member voted. An anonymous poll has no result until it is over.
        """
        from yihui.services.organisations.polls import load_poll_result
        from yihui.views.polls import result_json

        return result_json(load_poll_result(site.wiring, poll, reach))

    @made.get("/{poll}/results.svg", response_class=ChartResponse)
    def poll_chart(request: Request, poll: PollId, reach: CurrentReach) -> ChartResponse:
        """Show the result as a chart.

        An SVG picture without a script.
        """
        from yihui.services.organisations.polls import load_poll_result
        from yihui.views.polls import result_chart

        found = load_poll_result(site.wiring, poll, reach)
        return ChartResponse(result_chart(found, site.language(request)))

    return made


def _answer(site: Site, reach: Reach, poll: str, sent: PollAnswers, key: str | None) -> Response:
    from yihui.services.organisations.polls import PollSubmission, answer_poll

    done = answer_poll(site.wiring, poll, PollSubmission(sent.member, sent.answers, key), reach)
    if done.is_new:
        site.gate.add_accepted(1)
        site.drain.wake()
    return JSONResponse(
        {"poll": done.poll, "member": done.member, "event": done.event, "is_new": done.is_new},
        201 if done.is_new else 200,
    )
