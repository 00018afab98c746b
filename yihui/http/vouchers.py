"""/api/v1/vouchers for merchants; /api/v1/members/{member}/vouchers and …/card for members.

A merchant's key is sent in ``Authorization: Bearer``. Codes are sent in bodies only, never in a URL,
which would be logged. Until roles exist, only this machine may use these routes.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benefits import MoveRefused, OfflineBatchResult, RefundRequest, format_code
from core.civil_time import civil_date
from core.faults import FaultTable
from core.text_marks import N_
from yihui.files.redemptions import SentRedemptionBatch, parse_redemption_batch
from yihui.http.body import invalid_body, openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.throttle import Throttle
from yihui.http.members import GrantId, MemberId
from yihui.http.problem_page import problem_response
from yihui.http.site import Site
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.services.vouchers import (
    MemberCard,
    MerchantRedemption,
    accept_offline_uses,
    find_member_card,
    find_member_code,
    identify_merchant,
    issue_member_card,
    issue_member_code,
    list_member_vouchers,
    merchant_by_key,
    preview_redemption,
    redeem_voucher,
    refund_voucher_use,
)
from yihui.views import vouchers as sheet

MAX_VOUCHER_BODY_BYTES = 16 << 10
MAX_OFFLINE_BATCH_BYTES = 1 << 20
MAX_WRONG_CODES, WRONG_CODES_PERIOD = 10, timedelta(minutes=10)
_WRONG = frozenset({"mistyped", "code_length", "unknown_code", "token_format"})
_CODE_FAULTS = FaultTable(
    "voucher_codes",
    {
        "too_many": (
            N_("{most} wrong codes came from this merchant within ten minutes"),
            N_("wait ten minutes; scan the code instead of typing it"),
        )
    },
)
_VIEW_FAULTS = FaultTable(
    "voucher_view",
    {
        "nothing": (
            N_("there is nothing to show for {value}"),
            N_("check the id; a code must have been handed out first"),
        )
    },
)


class SvgResponse(Response):
    """A picture."""

    media_type = "image/svg+xml"


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Redeem(_Request):
    """A redemption. ``code`` is a voucher's code, or the code on a member's card, which needs a ``rule``."""

    request_key: str
    code: Annotated[str, Field(max_length=200)]
    amount: Annotated[int, Field(strict=True)] | None = None
    rule: str | None = None
    station: str | None = None


class Check(_Request):
    """A check of a code, which changes nothing."""

    code: Annotated[str, Field(max_length=200)]
    rule: str | None = None
    station: str | None = None


class Refund(_Request):
    """A refund. Without an ``amount``, all that is left of the redemption is refunded."""

    request_key: str
    redemption: str
    amount: Annotated[int, Field(strict=True)] | None = None
    reusable: bool = True


class Anew(_Request):
    """``anew`` replaces a lost code by a new one."""

    anew: bool = False


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")
    throttle = Throttle(MAX_WRONG_CODES, WRONG_CODES_PERIOD)
    _add_redeeming(made, site, throttle)
    _add_late(made, site, throttle)
    _add_members(made, site)
    return made


def _add_redeeming(made: APIRouter, site: Site, throttle: Throttle) -> None:
    @made.post("/vouchers/redeem", openapi_extra=openapi_json_body(Redeem))
    async def redeem(request: Request) -> Response:
        """Redeem a benefit. The same ``request_key`` with the same body gets the same answer and redeems once."""
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), _bearer(request)

        def work(language: Language) -> dict[str, object]:
            asked = parse_json_body(Redeem, body, strict=None)
            wish = MerchantRedemption(asked.request_key, asked.code, asked.amount, asked.rule, asked.station)
            return sheet.redemption_json(redeem_voucher(site.wiring, merchant_by_key(key), wish))

        return await run_in_threadpool(_guarded, site, request, throttle, work)

    @made.post("/vouchers/check", openapi_extra=openapi_json_body(Check))
    async def check(request: Request) -> Response:
        """Return the result that redeeming a code would have, without redeeming it.

        It refuses for the same reasons as redeeming.
        """
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), _bearer(request)

        def work(language: Language) -> dict[str, object]:
            asked = parse_json_body(Check, body, strict=None)
            wish = MerchantRedemption("-", asked.code, None, asked.rule, asked.station)
            return sheet.redemption_json(preview_redemption(site.wiring, merchant_by_key(key), wish))

        return await run_in_threadpool(_guarded, site, request, throttle, work)


def _add_late(made: APIRouter, site: Site, throttle: Throttle) -> None:
    @made.post("/vouchers/refund", openapi_extra=openapi_json_body(Refund))
    async def refund(request: Request) -> Response:
        """Refund a redemption or a part of it, once for each ``request_key``.

        The same key again returns what was refunded then.
        """
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), _bearer(request)

        def work(language: Language) -> dict[str, object]:
            asked, today = parse_json_body(Refund, body, strict=None), civil_date(site.wiring.now())
            merchant = identify_merchant(site.wiring, key)
            wish = RefundRequest(
                merchant.id, asked.request_key, asked.redemption, today, asked.amount, asked.reusable
            )
            return sheet.refund_json(refund_voucher_use(site.wiring, merchant_by_key(key), wish))

        return await run_in_threadpool(_respond, site, request, work)

    @made.post("/vouchers/batch", openapi_extra=openapi_json_body(SentRedemptionBatch))
    async def batch(request: Request) -> Response:
        """Accept redemptions made offline. The same batch sent again gets the same answer."""
        body, key = await read_json_body(request, MAX_OFFLINE_BATCH_BYTES), _bearer(request)

        def work(language: Language) -> dict[str, object]:
            try:
                number, uses = parse_redemption_batch(body)
            except ValidationError as error:
                raise invalid_body(error) from error
            result = accept_offline_uses(site.wiring, merchant_by_key(key), number, uses)
            if not result.already:
                _count_wrong_codes(site, key, result, throttle)
            return sheet.offline_result_json(result, language)

        return await run_in_threadpool(_guarded, site, request, throttle, work)


def _add_members(made: APIRouter, site: Site) -> None:
    @made.get("/members/{member}/vouchers")
    def vouchers(member: MemberId) -> Response:
        """List the benefits that a member can use, with their issued codes.

        A benefit whose last day is over is not listed.
        """
        owned = list_member_vouchers(site.wiring, member)
        return _private({"member": member, "vouchers": [sheet.owned_voucher_json(item) for item in owned]})

    @made.post("/members/{member}/vouchers/{grant}/code", openapi_extra=openapi_json_body(Anew))
    async def code(request: Request, member: MemberId, grant: GrantId) -> Response:
        """Issue the code of a benefit, which also claims it. A repeated request gets the same code."""
        body = await read_json_body(request, MAX_VOUCHER_BODY_BYTES)

        def work(language: Language) -> dict[str, object]:
            anew = parse_json_body(Anew, body, strict=None).anew
            handed_out = issue_member_code(site.wiring, member, grant, anew=anew)
            shown = format_code(handed_out.code) if handed_out.code else None
            return {"grant": grant, "code": shown, "number": handed_out.number}

        return await run_in_threadpool(_respond, site, request, work)

    @made.get("/members/{member}/vouchers/{grant}/qr.svg", response_class=SvgResponse)
    def qr(request: Request, member: MemberId, grant: GrantId) -> Response:
        """Return the code as a QR picture.

        A benefit without an issued code is not found.
        """
        code = find_member_code(site.wiring, member, grant)
        if code is None:
            return _not_there(site, request, grant)
        return _picture(format_code(code))

    @made.post("/members/{member}/card")
    def new_card(request: Request, member: MemberId) -> Response:
        """Issue a card to the member; an existing one stays.

        The answer has the code that the card shows now.
        """
        return _card(site, request, member, issue_member_card(site.wiring, member))

    @made.get("/members/{member}/card")
    def card(request: Request, member: MemberId) -> Response:
        """Return the code that the member's card shows now and its remaining seconds; POST issues the card.

        A member without a card is not found.
        """
        return _card(site, request, member, find_member_card(site.wiring, member))

    @made.get("/members/{member}/card.svg", response_class=SvgResponse)
    def card_picture(request: Request, member: MemberId) -> Response:
        """Return the card's code as a QR picture.

        It is the code of this moment; a member without a card is not found.
        """
        found = find_member_card(site.wiring, member)
        if found is None:
            return _not_there(site, request, member)
        return _picture(found.token)


def _card(site: Site, request: Request, member: str, found: MemberCard | None) -> Response:
    if found is None:
        return _not_there(site, request, member)
    return _private({"member": member, "token": found.token, "seconds_left": found.seconds_left})


def _guarded(
    site: Site, request: Request, throttle: Throttle, work: Callable[[Language], dict[str, object]]
) -> Response:
    """Run the work unless the merchant has sent too many wrong codes.

    Wrong codes are counted by merchant, from whichever till they come.
    """
    language, now = site.language(request), site.wiring.now()
    try:
        merchant = identify_merchant(site.wiring, _bearer(request))
        if throttle.is_full(merchant.id, now):
            return problem_response(
                problem_of_faults([_CODE_FAULTS.build("too_many", most=MAX_WRONG_CODES)], language),
                {"Retry-After": str(int(WRONG_CODES_PERIOD.total_seconds()))},
            )
        return _private(work(language))
    except MoveRefused as refused:
        if refused.short_code in _WRONG:
            throttle.admit(merchant.id, now)
        return _refused(refused, language)


def _count_wrong_codes(site: Site, key: str, result: OfflineBatchResult, throttle: Throttle) -> None:
    """Count a batch's wrong codes like those of single requests: a batch must not be the way to guess."""
    merchant, now = identify_merchant(site.wiring, key), site.wiring.now()
    for line in result.lines:
        if line.code in _WRONG:
            throttle.admit(merchant.id, now)


def _respond(site: Site, request: Request, work: Callable[[Language], dict[str, object]]) -> Response:
    language = site.language(request)
    try:
        return _private(work(language))
    except MoveRefused as refused:
        return _refused(refused, language)


def _private(content: dict[str, object]) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _picture(text: str) -> Response:
    return SvgResponse(sheet.render_qr_svg(text), headers={"Cache-Control": "no-store"})


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


# --- refusals


def _refused(refused: MoveRefused, language: Language) -> Response:
    problem = problem_of_faults(refused.faults, language)
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None
    content = {**problem.as_json(), "code": refused.short_code}
    return JSONResponse(content, problem.status, headers, "application/problem+json")


def _not_there(site: Site, request: Request, value: str) -> Response:
    fault = _VIEW_FAULTS.build("nothing", value=value)
    return problem_response(problem_of_faults([fault], site.language(request)))
