"""/api/v1/sessions: courses, halls and childcare terms that are not over."""

from typing import Annotated

from fastapi import APIRouter, Query

from core.civil_time import civil_date
from yihui.http.site import Site


def router(site: Site) -> APIRouter:
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
