"""/api/v1/join: three calls to become a member, and one to transfer. Served by the private site only."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import Reach

MAX_BODY_BYTES = 4 << 10
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key")]


class JoinBeginning(BaseModel):
    """Where to join: the text of a scanned code (what follows /join/), or an organisation's code.

    ``employer`` is the name or the credit code of where the person works.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"organisation": "370102001-00001", "employer": "泉城物流"}]},
    )
    token: Annotated[str | None, Field(max_length=400)] = None
    organisation: Annotated[str | None, Field(max_length=15, pattern=r"^[0-9-]*$")] = None
    employer: Annotated[str | None, Field(max_length=100)] = None


class JoinIdentity(BaseModel):
    """Who joins. A code goes to the phone; nothing of it is ever sent back unmasked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "张三", "id_number": "11010519491231002X", "phone": "13800138000"}]
        },
    )
    name: Annotated[str, Field(max_length=200, repr=False)]
    id_number: Annotated[str, Field(max_length=100, repr=False)]
    phone: Annotated[str, Field(max_length=100, repr=False)]


class JoinCode(BaseModel):
    """The one-time code of six digits."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "012345"}]})
    code: Annotated[str, Field(max_length=40, repr=False)]


class JoinConfirmation(BaseModel):
    """The last step; with the code it proves the phone too."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "012345"}, {}]})
    code: Annotated[str | None, Field(max_length=40, repr=False)] = None


class JoinSearch(BaseModel):
    """Where a person works or lives. *CRS*: WGS84."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"employer": "泉城物流"}]})
    employer: Annotated[str | None, Field(max_length=100)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/join")

    @made.post("", status_code=201, openapi_extra=openapi_json_body(JoinBeginning))
    async def begin_join(request: Request, reach: CurrentReach, key: RequestKey = None) -> Response:
        """Begin to join an organisation (step 1).

        The answer's ``request`` is the number for all further calls, and ``next`` the next of them. The same Idempotency-Key gets the same request, with 200.
        """
        sent = parse_json_body(JoinBeginning, await read_json_body(request, MAX_BODY_BYTES))
        await run_in_threadpool(site.gate.check)
        return await site.write_queue.run(_begin, site, reach, sent, key)

    @made.post("/search", openapi_extra=openapi_json_body(JoinSearch))
    async def search_join_places(request: Request, reach: CurrentReach) -> dict[str, object]:
        """Find where to join.

        By the employer's name, or by a point: then the members' homes (会员之家) of its district. Nothing is guessed; the person chooses.
        """
        sent = parse_json_body(JoinSearch, await read_json_body(request, MAX_BODY_BYTES))
        return await run_in_threadpool(_search, site, reach, sent)

    @made.get("/{request_id}")
    def join_request(request_id: RequestId, reach: CurrentReach) -> dict[str, object]:
        """Show how far a request has come.

        Names and numbers are masked; ``next`` says how to go on.
        """
        from yihui.services.joining.requests import load_status
        from yihui.views.joins import join_json

        return join_json(load_status(site.wiring, request_id, reach))

    @made.post("/{request_id}/identity", openapi_extra=openapi_json_body(JoinIdentity))
    async def give_identity(
        request: Request, request_id: RequestId, reach: CurrentReach, key: RequestKey = None
    ) -> dict[str, object]:
        """Give name, ID number and phone (step 2); a code is sent to the phone.

        All faults come at once. The same Idempotency-Key sends no second code.
        """
        sent = parse_json_body(JoinIdentity, await read_json_body(request, MAX_BODY_BYTES))
        await run_in_threadpool(site.gate.check)
        return await site.message_lane.run(_give_identity, site, reach, request_id, sent, key)

    @made.post("/{request_id}/code", openapi_extra=openapi_json_body(JoinCode))
    async def enter_code(
        request: Request, request_id: RequestId, reach: CurrentReach, key: RequestKey = None
    ) -> dict[str, object]:
        """Prove the phone by the code that was sent to it.

        Five wrong codes end the request.
        """
        sent = parse_json_body(JoinCode, await read_json_body(request, MAX_BODY_BYTES))
        return await site.write_queue.run(_enter_code, site, reach, request_id, sent, key)

    @made.post("/{request_id}/confirm", openapi_extra=openapi_json_body(JoinConfirmation, required=False))
    async def confirm_join(
        request: Request, request_id: RequestId, reach: CurrentReach, key: RequestKey = None
    ) -> dict[str, object]:
        """Confirm (step 3): the person becomes a member at once, or waits for the organisation's review.

        The code of step 2 may come in the body. A repeated call changes nothing. A member elsewhere gets 409, and transfers instead.
        """
        sent = await _read_confirmation(request)
        await run_in_threadpool(site.gate.check)
        return await site.write_queue.run(_conclude, site, reach, request_id, sent, key, is_transfer=False)

    @made.post("/{request_id}/transfer", openapi_extra=openapi_json_body(JoinConfirmation, required=False))
    async def transfer_join(
        request: Request, request_id: RequestId, reach: CurrentReach, key: RequestKey = None
    ) -> dict[str, object]:
        """Transfer the proven person from her organisation to this one.

        The code of step 2 may come in the body. It takes effect at once; a repeated call changes nothing.
        """
        sent = await _read_confirmation(request)
        await run_in_threadpool(site.gate.check)
        return await site.write_queue.run(_conclude, site, reach, request_id, sent, key, is_transfer=True)

    return made


async def _read_confirmation(request: Request) -> JoinConfirmation:
    """Return what was sent with the last step; an empty body is a confirmation without a code."""
    if request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
        return JoinConfirmation()
    return parse_json_body(JoinConfirmation, await read_json_body(request, MAX_BODY_BYTES))


def _begin(site: Site, reach: Reach, sent: JoinBeginning, key: str | None) -> Response:
    from yihui.services.joining.requests import JoinPlace, begin_joining
    from yihui.views.joins import join_json

    status, is_new = begin_joining(
        site.wiring, JoinPlace(sent.token, sent.organisation, sent.employer), key, reach
    )
    return JSONResponse(join_json(status), 201 if is_new else 200)


def _search(site: Site, reach: Reach, sent: JoinSearch) -> dict[str, object]:
    from yihui.services.joining.places import WorkPlace, find_join_places
    from yihui.views.joins import places_json

    return places_json(find_join_places(site.wiring, WorkPlace(sent.employer, sent.lon, sent.lat), reach))


def _give_identity(
    site: Site, reach: Reach, id: str, sent: JoinIdentity, key: str | None
) -> dict[str, object]:
    from yihui.services.joining.identity import TypedIdentity, give_identity
    from yihui.services.joining.requests import check_request_key
    from yihui.views.joins import join_json

    check_request_key(key)
    typed = TypedIdentity(sent.name, sent.id_number, sent.phone)
    return join_json(give_identity(site.wiring, id, typed, key, reach))


def _enter_code(site: Site, reach: Reach, id: str, sent: JoinCode, key: str | None) -> dict[str, object]:
    from yihui.services.joining.identity import enter_code
    from yihui.services.joining.requests import check_request_key
    from yihui.views.joins import join_json

    check_request_key(key)
    return join_json(enter_code(site.wiring, id, sent.code, key, reach))


def _conclude(
    site: Site, reach: Reach, id: str, sent: JoinConfirmation, key: str | None, *, is_transfer: bool
) -> dict[str, object]:
    """Enter the code if it came along, then confirm or transfer."""
    from yihui.services.joining.identity import enter_code
    from yihui.services.joining.joining import confirm_joining, transfer_joining
    from yihui.services.joining.requests import check_request_key
    from yihui.views.joins import join_json

    check_request_key(key)
    if sent.code is not None:
        enter_code(site.wiring, id, sent.code, key, reach)
    return join_json((transfer_joining if is_transfer else confirm_joining)(site.wiring, id, reach))
