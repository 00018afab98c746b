"""/api/v1/polls: the chart of a poll's result."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from yihui.http.current_actor import find_actor
from yihui.http.site import Site

PollId = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class ChartResponse(Response):
    """A picture."""

    media_type = "image/svg+xml"


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/polls")

    @made.get("/{poll}/results.svg", response_class=ChartResponse)
    def poll_chart(request: Request, poll: PollId) -> ChartResponse:
        """Show the result as a chart.

        An SVG picture without a script.
        """
        from yihui.cases.polls.chart import load_poll_chart

        actor = find_actor(site, request)
        return ChartResponse(load_poll_chart(site.wiring, actor, poll, site.language(request)))

    return made
