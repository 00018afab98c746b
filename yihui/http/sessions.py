"""/api/v1/sessions: courses, halls and childcare terms; enrolment, cancelling and attendance for officers."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from core.civil_time import civil_date
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.members import MemberId
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import officer_of

MAX_BODY_BYTES = 4 << 10
OWN_WISH = "member"
SessionId = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class Enrolling(BaseModel):
    """Who enrols, by the member's id."""

    model_config = ConfigDict(extra="forbid")
    member: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]


class Attending(Enrolling):
    """Who attended, and on which day; by default today."""

    on: date | None = None


class AcceptedSessionEvent(TypedDict):
    """The accepted event; `GET /api/v1/sessions/{id}` shows what followed from it."""

    event: str


def public_router(site: Site) -> APIRouter:
    """Build the routes that everybody may call."""
    made = APIRouter(prefix="/api/v1/sessions")

    @made.get("")
    def sessions(
        station: Annotated[str | None, Query(min_length=1, max_length=128)] = None,
    ) -> dict[str, object]:
        """List the sessions that are not over, of one station if given.

        Each has the days of this week on which it meets, and how many places are left.
        """
        from yihui.services.benefits.sessions import load_session_states
        from yihui.views.sessions import session_json

        today = civil_date(site.wiring.now())
        found = load_session_states(site.wiring, station)
        return {"sessions": [session_json(one, today) for one in found if one.is_listed]}

    return made


def router(site: Site) -> APIRouter:
    """Build the routes for officers."""
    made = APIRouter(prefix="/api/v1/sessions")

    @made.get("/{session}")
    def session(session: SessionId, reach: CurrentReach) -> dict[str, object]:
        """Show a session with its members.

        ``members`` says who has a place, who takes part in the draw, who waits, and who attended when.
        """
        from yihui.services.benefits.sessions import load_session_state

        return _state_json(site, load_session_state(site.wiring, session, reach))

    @made.post(
        "/{session}/enrolments",
        status_code=202,
        response_model=AcceptedSessionEvent,
        openapi_extra=openapi_json_body(Enrolling),
    )
    async def enrol(request: Request, session: SessionId, reach: CurrentReach) -> Response:
        """Enrol a member in a session.

        Who finds no place waits. A repeated request changes nothing.
        """
        from yihui.services.benefits.sessions import send_enrolment

        sent = parse_json_body(Enrolling, await read_json_body(request, MAX_BODY_BYTES))
        event = await site.write_queue.run(send_enrolment, site.wiring, session, sent.member, reach)
        return _accepted(site, event)

    @made.delete("/{session}/enrolments/{member}")
    def cancel(
        session: SessionId,
        member: MemberId,
        reach: CurrentReach,
        reason: Annotated[str, Query(min_length=1, max_length=500)],
        by: Annotated[str | None, Query(min_length=2, max_length=32)] = None,
    ) -> dict[str, object]:
        """Cancel a member's place, entry or waiting place.

        Who waits longest moves up at once. Members read the ``reason``. ``by=member`` says that it is the member's own wish; otherwise the officer who is logged in cancels. In a demo, where nobody logs in, ``by`` may name any officer, and without it it is the member's own wish.
        """
        from yihui.services.benefits.sessions import cancel_seat

        who = by if by == OWN_WISH else officer_of(reach, by) or OWN_WISH
        return _state_json(site, cancel_seat(site.wiring, session, member, who, reason, reach))

    @made.post(
        "/{session}/attendance",
        status_code=202,
        response_model=AcceptedSessionEvent,
        openapi_extra=openapi_json_body(Attending),
    )
    async def attend(request: Request, session: SessionId, reach: CurrentReach) -> Response:
        """Record that a member attended on a day of the session.

        A repeated request changes nothing.
        """
        from yihui.services.benefits.sessions import send_attendance

        sent = parse_json_body(Attending, await read_json_body(request, MAX_BODY_BYTES))
        event = await site.write_queue.run(send_attendance, site.wiring, session, sent.member, sent.on, reach)
        return _accepted(site, event)

    return made


def _accepted(site: Site, event: str) -> Response:
    site.drain.wake()
    answer: AcceptedSessionEvent = {"event": event}
    return JSONResponse(answer, 202)


def _state_json(site: Site, state: object) -> dict[str, object]:
    from yihui.services.benefits.sessions import SessionState
    from yihui.views.sessions import session_json

    assert isinstance(state, SessionState)
    return session_json(state, civil_date(site.wiring.now()), with_members=True)
