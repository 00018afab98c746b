"""/api/v1/cards/verify for merchants.

Tokens are sent in bodies only, never in a URL, which would be logged.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from yihui.cases.cards.own import verify_merchant_scan
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.allowances import Throttle
from yihui.http.merchant_requests import (
    MAX_WRONG_CODES,
    WRONG_CODES_PERIOD,
    bearer_key,
    respond_to_merchant,
)
from yihui.http.site import Site
from yihui.http.vouchers import MAX_VOUCHER_BODY_BYTES
from yihui.runtime.language import Language
from yihui.services.benefits.vouchers import merchant_by_key
from yihui.views.cards import verified_card_json


class Scan(BaseModel):
    """A scanned card. ``clock`` is what the till's clock shows, so that a wrong one is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[str, Field(max_length=500)]
    station: str | None = None
    clock: AwareDatetime | None = None


def router(site: Site) -> APIRouter:
    made, throttle = APIRouter(prefix="/api/v1"), Throttle(MAX_WRONG_CODES, WRONG_CODES_PERIOD)

    @made.post("/cards/verify", openapi_extra=openapi_json_body(Scan))
    async def verify_card(request: Request) -> Response:
        """Verify a scanned card, and list the member's benefits that this merchant could redeem now.

        The answer holds nothing of the person. A token is valid for two minutes.
        """
        body, key = await read_json_body(request, MAX_VOUCHER_BODY_BYTES), bearer_key(request)

        def work(language: Language) -> dict[str, object]:
            scan = parse_json_body(Scan, body, strict=None)
            who = merchant_by_key(site.wiring, key)
            verified = verify_merchant_scan(site.wiring, who, scan.token, scan.station, scan.clock)
            return verified_card_json(verified, language)

        return await run_in_threadpool(respond_to_merchant, site, request, throttle, work)

    return made
