"""/api/v1/transfer and /api/v1/members/{id}/membership: officers' acts on memberships, and their history."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from core.civil_time import civil_date
from core.text_marks import N_
from members.standing import MembershipAct, MembershipActKind
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.members import MemberId
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import Reach, require_officer

MAX_BODY_BYTES = 4 << 10
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key")]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
_Code = Annotated[str, Field(min_length=1, max_length=15)]
_NEEDS_ORGANISATION = ("rejoin",)


class Transfer(BaseModel):
    """Who goes where; ``on`` is the day, by default today. The officer who is logged in records it.

    ``by`` names the officer in a demo, where nobody logs in; elsewhere it is refused.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"member": "m-1", "to": "370202001-00017"}]},
    )
    member: _Id
    to: _Code
    by: _Id | None = None
    on: date | None = None


class MembershipChange(BaseModel):
    """An act on a membership. Only ``rejoin`` has an organisation: ``to``. ``by`` is as for a transfer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"act": "leave", "on": "2026-11-20"}]},
    )
    act: Literal["leave", "retire", "suspend", "resume", "rejoin", "decease"]
    by: _Id | None = None
    on: date | None = None
    to: _Code | None = None
    reason: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _names_the_organisation_joined(self) -> "MembershipChange":
        if (self.act in _NEEDS_ORGANISATION) != (self.to is not None):
            raise PydanticCustomError("rejoin_to", N_("only rejoin names an organisation (to), and it must"))
        return self


class RecordedMembershipAct(TypedDict):
    """What the act came to. ``is_new`` is false if the same Idempotency-Key was sent before."""

    member: str
    act: str
    on: str
    status: str
    organisation: str | None
    before: str | None
    event: str
    is_new: bool


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post(
        "/transfer",
        status_code=201,
        response_model=RecordedMembershipAct,
        openapi_extra=openapi_json_body(Transfer),
    )
    async def transfer(request: Request, reach: CurrentReach, key: RequestKey = None) -> Response:
        """Transfer a member to another organisation.

        It takes effect at once; benefits go along. The same Idempotency-Key again changes nothing and gets 200.
        """
        sent = parse_json_body(Transfer, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(
            _record, site, reach, sent.by, _Act("transfer", sent.member, sent.on, sent.to), key
        )

    @made.post(
        "/members/{member}/membership",
        status_code=201,
        response_model=RecordedMembershipAct,
        openapi_extra=openapi_json_body(MembershipChange),
    )
    async def change_membership(
        request: Request, member: MemberId, reach: CurrentReach, key: RequestKey = None
    ) -> Response:
        """Record that a member left, retired, died, joined again, or was suspended.

        The same Idempotency-Key again changes nothing and gets 200.
        """
        sent = parse_json_body(MembershipChange, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(
            _record, site, reach, sent.by, _Act(sent.act, member, sent.on, sent.to, sent.reason), key
        )

    @made.get("/members/{member}/memberships")
    def memberships(member: MemberId, reach: CurrentReach) -> dict[str, object]:
        """List a member's memberships by days, the earliest first.

        ``until`` is the first day on which one no longer holds.
        """
        from yihui.services.members.memberships import load_memberships
        from yihui.views.memberships import memberships_json

        return memberships_json(load_memberships(site.wiring, member, reach))

    return made


@dataclass(frozen=True, slots=True)
class _Act:
    kind: MembershipActKind
    member: str
    on: date | None
    to: str | None = None
    reason: str | None = None


def _record(site: Site, reach: Reach, by: str | None, sent: _Act, key: str | None) -> Response:
    from yihui.services.members.memberships import record_membership_act
    from yihui.views.memberships import receipt_json

    officer = require_officer(reach, by)
    on = sent.on or civil_date(site.wiring.now())
    act = MembershipAct(sent.kind, sent.member, on, officer, sent.to, sent.reason)
    receipt = record_membership_act(site.wiring, act, key, reach)
    return JSONResponse(receipt_json(receipt), 201 if receipt.is_new else 200)
