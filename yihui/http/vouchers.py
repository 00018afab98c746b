"""/api/v1/vouchers for merchants.

A merchant's key is sent in ``Authorization: Bearer``. Codes are sent in bodies only, never in a URL,
which would be logged.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benefits import OfflineBatchResult, RefundRequest
from core.civil_time import civil_date
from yihui.files.redemptions import SentRedemptionBatch, parse_redemption_batch
from yihui.http.body import invalid_body, openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.allowances import Throttle
from yihui.http.merchant_requests import (
    MAX_WRONG_CODES,
    WRONG_CODES,
    WRONG_CODES_PERIOD,
    bearer_key,
    name_till,
    respond_to_merchant,
    respond_to_request,
)
from yihui.http.site import Site
from yihui.runtime.language import Language
from yihui.services.benefits.vouchers import (
    MerchantRedemption,
    accept_offline_uses,
    identify_merchant,
    merchant_by_key,
    preview_redemption,
    redeem_voucher,
    refund_voucher_use,
)
from yihui.views import vouchers as sheet

MAX_VOUCHER_BODY_BYTES = 16 << 10
MAX_OFFLINE_BATCH_BYTES = 1 << 20


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Redeem(_Request):
    """A redemption. ``code`` is a voucher's code, or the code on a member's card.

    A card needs a ``rule`` where the member has several benefits that this merchant could redeem.
    """

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


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")
    throttle = Throttle(MAX_WRONG_CODES, WRONG_CODES_PERIOD)

    @made.post("/vouchers/redeem", openapi_extra=openapi_json_body(Redeem))
    async def redeem(request: Request) -> Response:
        """Redeem a benefit. The same ``request_key`` with the same body gets the same answer and redeems once."""
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), bearer_key(request)

        def work(language: Language) -> dict[str, object]:
            asked = parse_json_body(Redeem, body, strict=None)
            wish = MerchantRedemption(asked.request_key, asked.code, asked.amount, asked.rule, asked.station)
            return sheet.redemption_json(redeem_voucher(site.wiring, merchant_by_key(site.wiring, key), wish))

        return await run_in_threadpool(respond_to_merchant, site, request, throttle, work)

    @made.post("/vouchers/check", openapi_extra=openapi_json_body(Check))
    async def check(request: Request) -> Response:
        """Return the result that redeeming a code would have, without redeeming it.

        It refuses for the same reasons as redeeming.
        """
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), bearer_key(request)

        def work(language: Language) -> dict[str, object]:
            asked = parse_json_body(Check, body, strict=None)
            wish = MerchantRedemption("-", asked.code, None, asked.rule, asked.station)
            return sheet.redemption_json(
                preview_redemption(site.wiring, merchant_by_key(site.wiring, key), wish)
            )

        return await run_in_threadpool(respond_to_merchant, site, request, throttle, work)

    @made.post("/vouchers/refund", openapi_extra=openapi_json_body(Refund))
    async def refund(request: Request) -> Response:
        """Refund a redemption or a part of it, once for each ``request_key``.

        The same key again returns what was refunded then.
        """
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), bearer_key(request)

        def work(language: Language) -> dict[str, object]:
            asked, today = parse_json_body(Refund, body, strict=None), civil_date(site.wiring.now())
            merchant = identify_merchant(site.wiring, key)
            wish = RefundRequest(
                merchant.id, asked.request_key, asked.redemption, today, asked.amount, asked.reusable
            )
            return sheet.refund_json(refund_voucher_use(site.wiring, merchant_by_key(site.wiring, key), wish))

        return await run_in_threadpool(respond_to_request, site, request, work)

    @made.post("/vouchers/batch", openapi_extra=openapi_json_body(SentRedemptionBatch))
    async def batch(request: Request) -> Response:
        """Accept redemptions made offline. The same batch sent again gets the same answer."""
        body, key = await read_json_body(request, MAX_OFFLINE_BATCH_BYTES), bearer_key(request)

        def work(language: Language) -> dict[str, object]:
            try:
                number, uses = parse_redemption_batch(body)
            except ValidationError as error:
                raise invalid_body(error) from error
            result = accept_offline_uses(site.wiring, merchant_by_key(site.wiring, key), number, uses)
            if not result.already:
                _count_wrong_codes(site, request, key, result, throttle)
            return sheet.offline_result_json(result, language)

        return await run_in_threadpool(respond_to_merchant, site, request, throttle, work)

    return made


def _count_wrong_codes(
    site: Site, request: Request, key: str, result: OfflineBatchResult, throttle: Throttle
) -> None:
    """Count a batch's wrong codes like those of single requests: a batch must not be the way to guess."""
    merchant, now = identify_merchant(site.wiring, key), site.wiring.now()
    for line in result.lines:
        if line.code in WRONG_CODES:
            throttle.count_fault(name_till(request, merchant.id), now)
