"""/api/v1/members/{member}/points: members' points."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.members import MemberId
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import Reach

MAX_BODY_BYTES = 4 << 10
RequestKey = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=80)]


class PointsSpending(BaseModel):
    """How many points are spent, and on what."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"points": 20, "purpose": "电影票一张"}]}
    )
    points: Annotated[int, Field(strict=True, gt=0, lt=2**63)]
    purpose: Annotated[str, Field(min_length=1, max_length=200)]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/members")

    @made.get("/{member}/points")
    def points(member: MemberId, reach: CurrentReach) -> dict[str, object]:
        """Show a member's points.

        ``lots`` are what is left of each grant, in the order in which they are spent; ``history`` is every change.
        """
        from yihui.services.benefits.points import load_points_account
        from yihui.views.points import points_json

        return points_json(load_points_account(site.wiring, member, reach))

    @made.post("/{member}/points/spendings", status_code=201, openapi_extra=openapi_json_body(PointsSpending))
    async def spend_points(
        request: Request, member: MemberId, reach: CurrentReach, key: RequestKey
    ) -> Response:
        """Spend points, those that end first before the others.

        The same Idempotency-Key spends once and gets the same answer, with 200.
        """
        sent = parse_json_body(PointsSpending, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(_spend, site, reach, member, sent, key)

    return made


def _spend(site: Site, reach: Reach, member: str, sent: PointsSpending, key: str) -> Response:
    from yihui.services.benefits.points import load_points_account, spend_member_points
    from yihui.views.points import spending_json

    done = spend_member_points(site.wiring, member, sent.points, sent.purpose, key, reach)
    left = load_points_account(site.wiring, member).points
    return JSONResponse(spending_json(done, left), 200 if done.already else 201)
