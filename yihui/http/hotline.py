"""/api/v1/hotline: cases of the hotline and the rates. For officers."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.access.actor import Actor
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.current_actor import find_actor
from yihui.http.site import Site

MAX_CASE_BYTES = 256 << 10
CaseNumber = Annotated[int, Path(ge=1, lt=2**63, description="the case's number", examples=[1])]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key")]
_Code = Annotated[str, Field(pattern=r"^[0-9]{6,9}(-[0-9]{5})?$")]
ActName = Literal["dispatch", "accept", "suspend", "resume", "answer", "close", "call_back"]


class CaseCaller(BaseModel):
    """Who called, and what was said: stored encrypted, deleted when its time is over."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str | None, Field(max_length=200, repr=False)] = None
    phone: Annotated[str | None, Field(max_length=100, repr=False)] = None
    text: Annotated[str | None, Field(max_length=40_000, repr=False)] = None


class NewCase(BaseModel):
    """A case as an agent takes it in. Without ``crosses`` it follows from the member's and the place's region."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "organisation": "370100",
                    "channel": "call",
                    "category": "station",
                    "summary": "驿站没有热水",
                    "caller": {"name": "张三", "phone": "13800001234", "text": "热水机坏了三天"},
                }
            ]
        },
    )
    organisation: _Code
    channel: Annotated[str, Field(max_length=40)]
    category: Annotated[str, Field(max_length=40)]
    summary: Annotated[str, Field(max_length=1_000, repr=False)]
    is_clear: bool = True
    crosses: bool | None = None
    member: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")] = None
    place: _Code | None = None
    station: Annotated[str | None, Field(max_length=64)] = None
    from_office: Annotated[str | None, Field(alias="from", max_length=100)] = None
    caller: Annotated[CaseCaller, Field(default_factory=CaseCaller, repr=False)]


class CaseActBody(BaseModel):
    """An act on a case: the version that the officer saw, and what the act needs."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"act": "dispatch", "version": 1, "unit": "370100"}]},
    )
    act: ActName
    version: Annotated[int, Field(ge=1, lt=2**31)]
    unit: _Code | None = None
    assist: _Code | None = None
    reason: Annotated[str, Field(max_length=1_000, repr=False)] = ""
    answer: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    decision: Annotated[str | None, Field(max_length=64)] = None
    rule: Annotated[str | None, Field(max_length=100)] = None
    outcome: Annotated[str, Field(max_length=40)] = ""
    until: Annotated[date | None, Field(description="the last day of a suspension")] = None


class UnmaskReason(BaseModel):
    """Why an officer sees a caller in clear."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "回电核实"}]})
    reason: Annotated[str, Field(max_length=1_000, repr=False)]


class CsvResponse(Response):
    """A CSV file."""

    media_type = "text/csv; charset=utf-8"


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/hotline")
    _add_case_routes(made, site)

    @made.get("/rates")
    def hotline_rates(
        request: Request, month: Annotated[str | None, Query(max_length=20)] = None
    ) -> list[dict[str, object]]:
        """Show timely acceptance, on-time closing and satisfaction by unit and month."""
        from yihui.services.hotline.figures import load_rates
        from yihui.views.hotline import rates_json

        return rates_json(load_rates(site.wiring, find_actor(site, request), month))

    @made.get("/rates.csv", response_class=CsvResponse)
    def hotline_rates_csv(
        request: Request, month: Annotated[str | None, Query(max_length=20)] = None
    ) -> CsvResponse:
        """Show the same rates as a CSV file."""
        from yihui.services.hotline.figures import load_rates
        from yihui.views.hotline import rates_csv

        found = load_rates(site.wiring, find_actor(site, request), month)
        return CsvResponse(rates_csv(found, site.language(request)))

    return made


def _add_case_routes(made: APIRouter, site: Site) -> None:
    @made.get("/cases")
    def hotline_cases(
        request: Request,
        open: bool = False,
        overdue: bool = False,
        state: Annotated[str | None, Query(max_length=40)] = None,
        member: Annotated[str | None, Query(max_length=64)] = None,
        before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, object]:
        """List cases, the newest first.

        Callers are masked. ``before`` is the number of the last case of the page before.
        """
        from members.hotline.repository import CaseQuery
        from yihui.services.hotline.lists import load_cases
        from yihui.views.hotline import case_json

        query = CaseQuery(only_open=open, state=state, member_id=member, before=before, limit=limit)
        found = load_cases(site.wiring, find_actor(site, request), query, only_overdue=overdue)
        return {"cases": [case_json(one) for one in found]}

    @made.post("/cases", status_code=201, openapi_extra=openapi_json_body(NewCase))
    async def open_hotline_case(request: Request, key: RequestKey = None) -> Response:
        """Open a case.

        The same Idempotency-Key gets the same case, with 200.
        """
        sent = parse_json_body(NewCase, await read_json_body(request, MAX_CASE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_open, site, actor, sent, key)

    @made.get("/cases/{case}")
    def hotline_case(request: Request, case: CaseNumber) -> dict[str, object]:
        """Show a case with its deadlines, answers and history.

        The caller is masked.
        """
        from yihui.services.hotline.lists import load_case
        from yihui.views.hotline import case_history_json

        return case_history_json(load_case(site.wiring, find_actor(site, request), case))

    @made.post("/cases/{case}/acts", openapi_extra=openapi_json_body(CaseActBody))
    async def act_on_hotline_case(request: Request, case: CaseNumber) -> Response:
        """Dispatch, accept, suspend, resume, answer, close or call back.

        ``version`` is the one that the officer saw: a case that was changed since refuses, with 409.
        ``answer`` needs a decision or a rule: the three sentences come from the ledger, and the case is closed.
        """
        sent = parse_json_body(CaseActBody, await read_json_body(request, MAX_CASE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_act, site, actor, case, sent)

    @made.post("/cases/{case}/caller", openapi_extra=openapi_json_body(UnmaskReason))
    async def unmask_hotline_caller(request: Request, case: CaseNumber) -> Response:
        """Show who called and what was said, in clear.

        The reason is recorded in the audit log.
        """
        sent = parse_json_body(UnmaskReason, await read_json_body(request, MAX_CASE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_unmask, site, actor, case, sent)


def _open(site: Site, actor: Actor | None, sent: NewCase, key: str | None) -> Response:
    from members.hotline.callers import Caller
    from yihui.services.hotline.cases import open_case
    from yihui.services.hotline.intake import CaseIntake
    from yihui.views.hotline import case_json

    caller = Caller(sent.caller.name, sent.caller.phone, sent.caller.text)
    said = sent.model_dump(exclude={"caller"})
    status = open_case(site.wiring, actor, CaseIntake(**said, caller=caller, request_key=key))
    return JSONResponse(case_json(status), 201 if status.is_new else 200)


def _act(site: Site, actor: Actor | None, case: int, sent: CaseActBody) -> Response:
    from members.hotline.case import CaseAct
    from yihui.services.hotline import cases as hotline
    from yihui.services.hotline.answers import LedgerQuestion, answer_case
    from yihui.views.hotline import build_sentence_renderers, case_json

    wiring, unit = site.wiring, sent.unit or ""
    wanted = hotline.ActOnCase(case, CaseAct(sent.act), sent.version, sent.reason)
    match wanted.act:
        case CaseAct.DISPATCH:
            status = hotline.dispatch_case(wiring, actor, wanted, unit, sent.assist)
        case CaseAct.ACCEPT:
            status = hotline.accept_case(wiring, actor, wanted, unit)
        case CaseAct.SUSPEND:
            status = hotline.suspend_case(wiring, actor, wanted, sent.until)
        case CaseAct.RESUME:
            status = hotline.resume_case(wiring, actor, wanted)
        case CaseAct.CLOSE:
            status = hotline.close_case(wiring, actor, wanted, sent.answer, sent.unit)
        case CaseAct.CALL_BACK:
            status = hotline.call_back(wiring, actor, wanted, sent.outcome)
        case _:
            renderers = build_sentence_renderers(wiring.language)
            question = LedgerQuestion(sent.decision, sent.rule)
            status = answer_case(wiring, actor, wanted, question, renderers)
    return JSONResponse(case_json(status))


def _unmask(site: Site, actor: Actor | None, case: int, sent: UnmaskReason) -> Response:
    from yihui.services.hotline.callers import unmask_caller

    caller = unmask_caller(site.wiring, actor, case, sent.reason)
    content = {"name": caller.name, "phone": caller.phone, "text": caller.transcript}
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
