"""/api/v1/polls: a member's answers to a poll, and the chart of its result."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.current_actor import find_actor
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

    @made.get("/{poll}/results.svg", response_class=ChartResponse)
    def poll_chart(request: Request, poll: PollId) -> ChartResponse:
        """Show the result as a chart.

        An SVG picture without a script.
        """
        from yihui.cases.polls.chart import load_poll_chart

        actor = find_actor(site, request)
        return ChartResponse(load_poll_chart(site.wiring, actor, poll, site.language(request)))

    return made


def _answer(site: Site, reach: Reach, poll: str, sent: PollAnswers, key: str | None) -> Response:
    from yihui.cases.polls.own import PollSubmission, answer_poll

    done = answer_poll(site.wiring, poll, PollSubmission(sent.member, sent.answers, key), reach)
    if done.is_new:
        site.gate.add_accepted(1)
        site.drain.wake()
    return JSONResponse(
        {"poll": done.poll, "member": done.member, "event": done.event, "is_new": done.is_new},
        201 if done.is_new else 200,
    )
