"""What requests of merchants share: the key, the count of wrong codes, and refusals as problems."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from benefits import MoveRefused
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import CardRefused, TokenRefused
from yihui.http.errors import problem_response
from yihui.http.guard.allowances import Throttle, request_network
from yihui.http.sender_access import identify_by_key, read_bearer, refuse_key_in_address
from yihui.http.site import Site
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.services.benefits.vouchers import identify_merchant

MAX_WRONG_CODES, WRONG_CODES_PERIOD = 10, timedelta(minutes=10)
WRONG_CODE_PAUSE = timedelta(
    seconds=5
)  # a code has 111 random bits: slow enough, and nobody can close a shop
WRONG_CODES = frozenset(
    {
        "mistyped",
        "code_length",
        "unknown_code",
        "not_ours",
        "foreign_key",
        "forged",
        "unknown_card",
    }
)
_REFUSALS = (MoveRefused, TokenRefused, CardRefused)
_CODE_FAULTS = FaultTable(
    "voucher_codes",
    {
        "too_many": (
            N_("{most} wrong codes came from this till within ten minutes: after each further one it waits"),
            N_("try again in {seconds} seconds; scan the code instead of typing it"),
        )
    },
)


def respond_to_merchant(
    site: Site, request: Request, throttle: Throttle, work: Callable[[Language], dict[str, object]]
) -> Response:
    """Run the work; a till that has sent too many wrong codes waits a moment after each further one.

    Wrong codes are counted by till, that is by merchant and network. A right code always goes through after that moment.
    """
    language, now = site.language(request), site.wiring.now()
    refuse_key_in_address(request)
    try:
        key = bearer_key(request)
        merchant = identify_by_key(site, request, lambda: identify_merchant(site.wiring, key))
        till = name_till(request, merchant.id)
        if throttle.is_slowed(till, now, WRONG_CODE_PAUSE):
            pause = int(WRONG_CODE_PAUSE.total_seconds())
            fault = _CODE_FAULTS.build("too_many", most=MAX_WRONG_CODES, seconds=pause)
            return problem_response(problem_of_faults([fault], language), {"Retry-After": str(pause)})
        return private_json(work(language))
    except _REFUSALS as refused:
        if refused.short_code in WRONG_CODES:
            throttle.count_fault(till, now)
        return refusal_response(refused, language)


def name_till(request: Request, merchant: str) -> str:
    """Return by what a till's wrong codes are counted."""
    return f"{merchant} {request_network(request)}"


def respond_to_request(
    site: Site, request: Request, work: Callable[[Language], dict[str, object]]
) -> Response:
    language = site.language(request)
    try:
        return private_json(work(language))
    except _REFUSALS as refused:
        return refusal_response(refused, language)


def private_json(content: dict[str, object]) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def bearer_key(request: Request) -> str:
    """Return the key exactly as it was sent; empty without one. *Raises*: FaultError for several headers."""
    try:
        return read_bearer(request) or ""
    except FaultError as error:
        if error.short_code == "wrong":  # answered as any other text that is no merchant's key
            return ""
        raise


def refusal_response(refused: FaultError, language: Language) -> Response:
    problem = problem_of_faults(refused.faults, language)
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None
    content = {**problem.as_json(), "code": refused.short_code}
    return JSONResponse(content, problem.status, headers, "application/problem+json")
