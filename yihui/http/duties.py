"""/api/v1/organisations/{code}/duties and …/overdue: what organisations owe in their yearly cycle."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from core.civil_time import civil_date
from yihui.http.organisations import OnDay, OrganisationCode, PageParameters
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.http.stations.cursors import build_cursor, parse_cursor


class OverdueParameters(PageParameters):
    """``unknown`` lists also what was never recorded, where no day is known by which it is due."""

    unknown: bool = False


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/organisations")

    def choose_day(given: date | None) -> date:
        return given or civil_date(site.wiring.now())

    @made.get("/{code}/duties")
    def organisation_duties(
        code: OrganisationCode, reach: CurrentReach, on: OnDay = None
    ) -> dict[str, object]:
        """Show what an organisation owes on a day in its yearly cycle, and its records in force.

        ``status`` is ``done``, ``open``, ``soon`` (a term ends soon), ``overdue`` or ``unknown``. ``done_on``
        is null where nothing is recorded, which is not zero. After its end an organisation owes nothing.
        """
        from yihui.services.members.duties import load_duties
        from yihui.views.duties import duties_json

        return duties_json(load_duties(site.wiring, code, choose_day(on), reach))

    @made.get("/{code}/overdue")
    def overdue_duties(
        code: OrganisationCode, asked: Annotated[OverdueParameters, Query()], reach: CurrentReach
    ) -> dict[str, object]:
        """List the organisations of a subtree with something overdue, by the tree of the day.

        ``limit`` counts organisations. A page may be short, even empty: follow ``next`` to the end.
        """
        from yihui.services.members.duties import load_overdue_page
        from yihui.views.duties import overdue_json

        day = choose_day(asked.on)
        place = asked.cursor_query(f"{code}/overdue", day)
        after = parse_cursor(place, asked.cursor) if asked.cursor else ""
        page = load_overdue_page(
            site.wiring, code, day, after, asked.limit, with_unknown=asked.unknown, reach=reach
        )
        return {
            "on": day.isoformat(),
            "code": code,
            "organisations": [overdue_json(one) for one in page.found],
            "next": build_cursor(place, page.after) if page.after else None,
        }

    return made
