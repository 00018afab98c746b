"""/api/v1/hardship: case files of households in hardship, their visits, and lines of income. For officers.

Photographs and receipts are added on the officers' pages, which draw them anew; here they are listed and deleted.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError, to_jsonable_python

from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.current_actor import find_actor
from yihui.http.site import Site

if TYPE_CHECKING:
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.intake import WrittenPerson
    from yihui.services.hardship.lists import FileStatus

MAX_FILE_BYTES = 64 << 10
FileNumber = Annotated[int, Path(ge=1, lt=2**63, description="the case file's number", examples=[1])]
_Code = Annotated[str, Field(pattern=r"^[0-9]{6,9}(-[0-9]{5})?$")]
_Text = Annotated[str, Field(max_length=1_000, repr=False)]
_Short = Annotated[str, Field(max_length=40)]
_Yuan = Annotated[str, Field(max_length=20)]
ActName = Literal[
    "change",
    "measure",
    "review",
    "close",
    "reopen",
    "plan_visit",
    "release_visit",
    "end_visit",
    "delete_photo",
]
# What an act can't go without; the services check what it says.
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "plan_visit": ("on", "member", "amount"),
        "release_visit": ("visit",),
        "end_visit": ("visit",),
        "delete_photo": ("photo",),
    }
)


class NewPerson(BaseModel):
    """A person of a household, the worker first; the income is in yuan a month, the name is stored encrypted."""

    model_config = ConfigDict(extra="forbid")
    relation: _Short
    member: Annotated[str, Field(max_length=64)] = ""
    income: _Yuan = ""
    name: Annotated[str, Field(max_length=200, repr=False)] = ""


_Persons = Annotated[list[NewPerson], Field(max_length=50)]
_Causes = Annotated[list[_Short], Field(max_length=20)]


class NewCaseFile(BaseModel):
    """A case file as an officer opens it. Another officer reviews its level."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "organisation": "370102",
                    "level": "深度困难",
                    "persons": [{"relation": "self", "member": "m-1", "income": "2000"}],
                    "causes": ["illness"],
                    "plan": "申请大病救助",
                }
            ]
        },
    )
    organisation: _Code
    level: _Short
    persons: _Persons
    causes: _Causes
    plan: _Text = ""


class FileActBody(BaseModel):
    """An act on a case file: the version that the officer saw, and what the act needs."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"act": "close", "version": 2, "reason": "已脱困"}]},
    )
    act: ActName
    version: Annotated[int, Field(ge=1, lt=2**31)]
    reason: _Text = ""
    persons: _Persons | None = None
    causes: _Causes | None = None
    plan: Annotated[str | None, Field(max_length=1_000, repr=False)] = None
    level: Annotated[str, Field(max_length=40, description="of a review or a reopening")] = ""
    kind: Annotated[str, Field(max_length=40, description="of a measure")] = ""
    text: Annotated[str, Field(max_length=1_000, description="what was done as a measure")] = ""
    visit: Annotated[int, Field(ge=1, lt=2**31, description="the visit's number")] | None = None
    member: Annotated[str, Field(max_length=64, description="to whom a visit gives the money")] = ""
    on: Annotated[date | None, Field(description="the day of a visit")] = None
    amount: Annotated[str, Field(max_length=20, description="of a visit, in yuan")] = ""
    purpose: Annotated[str, Field(max_length=1_000, description="the occasion of a visit")] = ""
    photo: Annotated[int, Field(ge=1, lt=2**63, description="the photograph's number")] | None = None

    @model_validator(mode="after")
    def _names_what_it_is_about(self) -> "FileActBody":
        if missing := [name for name in _NEEDED.get(self.act, ()) if not getattr(self, name)]:
            terms = {"act": self.act, "missing": ", ".join(missing)}
            raise PydanticCustomError("act_needs", N_("{act} needs: {missing}"), terms)
        return self


class NamesReason(BaseModel):
    """Why an officer sees the names of a household in clear."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "核对身份"}]})
    reason: _Text


class NewIncomeLine(BaseModel):
    """A line of income as an organisation decides it, in yuan a head and month."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "organisation": "370100",
                    "since": "2027-01-01",
                    "yuan": "1000",
                    "document": "示例〔2026〕3号",
                }
            ]
        },
    )
    organisation: _Code
    since: date
    yuan: _Yuan
    document: _Text


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/hardship")
    _add_file_routes(made, site)
    _add_act_routes(made, site)
    _add_line_routes(made, site)
    return made


def _add_file_routes(made: APIRouter, site: Site) -> None:
    @made.get("/files")
    def hardship_files(
        request: Request,
        due: bool = False,
        visits: bool = False,
        state: Annotated[str | None, Query(max_length=40)] = None,
        level: Annotated[str | None, Query(max_length=40)] = None,
        member: Annotated[str | None, Query(max_length=64)] = None,
        before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, object]:
        """List case files, the newest first.

        Names are masked. ``due``: a review is due; ``visits``: the money of a visit waits for release.
        ``before`` is the number of the last case file of the page before.
        """
        from members.hardship.repository import FileQuery
        from yihui.services.hardship.lists import load_files
        from yihui.views.hardship import file_json

        query = FileQuery(state=state, level=level, member_id=member, before=before, limit=limit)
        actor = find_actor(site, request)
        found = load_files(site.wiring, actor, query, only_due=due, only_visits=visits)
        return {"files": [file_json(one) for one in found]}

    @made.post("/files", status_code=201, openapi_extra=openapi_json_body(NewCaseFile))
    async def open_hardship_file(request: Request) -> Response:
        """Open a case file.

        A household has one: a second request for the same member is refused, with 409.
        """
        sent = parse_json_body(NewCaseFile, await read_json_body(request, MAX_FILE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_open, site, actor, sent)

    @made.get("/files/{case}")
    def hardship_file(request: Request, case: FileNumber) -> dict[str, object]:
        """Show a case file with its household, visits, photographs and history.

        Names are masked; the reading is recorded in the audit log.
        """
        from yihui.services.hardship.lists import load_file
        from yihui.services.hardship.photos import list_case_attachments
        from yihui.views.hardship import attachment_json, file_history_json

        history = load_file(site.wiring, find_actor(site, request), case)
        attached = list_case_attachments(site.wiring, history.status.file)
        return {**file_history_json(history), "attachments": [attachment_json(one) for one in attached]}


def _add_act_routes(made: APIRouter, site: Site) -> None:
    @made.post("/files/{case}/acts", openapi_extra=openapi_json_body(FileActBody))
    async def act_on_hardship_file(request: Request, case: FileNumber) -> Response:
        """Change, review, close or reopen a case file, record a measure, plan, release or end a visit, delete a photograph.

        ``version`` is the one that the officer saw: a case file that was changed since refuses, with 409. The
        first review and the release of money need another officer than the one before, who logged in just now.
        """
        sent = parse_json_body(FileActBody, await read_json_body(request, MAX_FILE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_act, site, actor, case, sent)

    @made.post("/files/{case}/names", openapi_extra=openapi_json_body(NamesReason))
    async def unmask_hardship_names(request: Request, case: FileNumber) -> Response:
        """Show the names of a household in clear, by the places of its persons.

        The reason is recorded in the audit log.
        """
        sent = parse_json_body(NamesReason, await read_json_body(request, MAX_FILE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_unmask, site, actor, case, sent)


def _add_line_routes(made: APIRouter, site: Site) -> None:
    @made.get("/income-lines")
    def hardship_income_lines(request: Request) -> dict[str, object]:
        """List the lines of income of the own organisations and of those above them, the newest first."""
        from yihui.services.hardship.income_lines import load_income_lines
        from yihui.views.hardship import income_line_json

        found = load_income_lines(site.wiring, find_actor(site, request))
        return {"lines": [income_line_json(one) for one in found.lines], "default_fen": found.default_fen}

    @made.post("/income-lines", status_code=201, openapi_extra=openapi_json_body(NewIncomeLine))
    async def decide_hardship_income_line(request: Request) -> Response:
        """Decide the line of income of an organisation; it holds for those below it that have none."""
        sent = parse_json_body(NewIncomeLine, await read_json_body(request, MAX_FILE_BYTES))
        actor = await run_in_threadpool(find_actor, site, request)
        return await site.write_queue.run(_decide_line, site, actor, sent)


def _open(site: Site, actor: Actor | None, sent: NewCaseFile) -> Response:
    from yihui.services.hardship.case_files import FileIntake, open_file
    from yihui.views.hardship import file_json

    intake = FileIntake(sent.organisation, sent.level, _written(sent.persons), sent.causes, sent.plan)
    return _answer(file_json(open_file(site.wiring, actor, intake)), 201)


def _written(persons: list[NewPerson]) -> "list[WrittenPerson]":
    from yihui.services.hardship.intake import WrittenPerson

    return [WrittenPerson(**one.model_dump()) for one in persons]


def _act(site: Site, actor: Actor | None, case: int, sent: FileActBody) -> Response:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.views.hardship import file_json

    wanted = ActOnFile(case, FileAct(sent.act), sent.version, sent.reason)
    about_visit = wanted.act in (FileAct.PLAN_VISIT, FileAct.RELEASE_VISIT, FileAct.END_VISIT)
    act = _act_on_visit if about_visit else _act_on_file
    return _answer(file_json(act(site, actor, wanted, sent)))


def _act_on_file(site: Site, actor: Actor | None, wanted: "ActOnFile", sent: FileActBody) -> "FileStatus":
    from members.hardship.case import FileAct
    from yihui.services.hardship import case_files
    from yihui.services.hardship.photos import delete_photo

    match wanted.act:
        case FileAct.MEASURE:
            return case_files.record_measure(site.wiring, actor, wanted, sent.kind, sent.text)
        case FileAct.REVIEW:
            return case_files.review_file(site.wiring, actor, wanted, sent.level)
        case FileAct.CLOSE:
            return case_files.close_file(site.wiring, actor, wanted)
        case FileAct.REOPEN:
            return case_files.reopen_file(site.wiring, actor, wanted, sent.level)
        case FileAct.DELETE_PHOTO:
            return delete_photo(site.wiring, actor, wanted, sent.photo or 0)
        case _:
            persons = None if sent.persons is None else _written(sent.persons)
            change = case_files.FileChange(persons, sent.causes, sent.plan)
            return case_files.change_file(site.wiring, actor, wanted, change)


def _act_on_visit(site: Site, actor: Actor | None, wanted: "ActOnFile", sent: FileActBody) -> "FileStatus":
    from members.hardship.case import FileAct
    from yihui.services.hardship import visits

    if wanted.act is FileAct.RELEASE_VISIT:
        return visits.release_visit(site.wiring, actor, wanted, sent.visit or 0)
    if wanted.act is FileAct.END_VISIT:
        return visits.end_visit(site.wiring, actor, wanted, sent.visit or 0)
    assert sent.on is not None, "the body was checked"
    plan = visits.VisitPlan(sent.member, sent.on, sent.amount, sent.purpose)
    return visits.plan_visit(site.wiring, actor, wanted, plan)


def _unmask(site: Site, actor: Actor | None, case: int, sent: NamesReason) -> Response:
    from yihui.services.hardship.lists import unmask_names

    names = unmask_names(site.wiring, actor, case, sent.reason)
    return _answer({"names": dict(names)}, headers={"Cache-Control": "no-store"})


def _decide_line(site: Site, actor: Actor | None, sent: NewIncomeLine) -> Response:
    from yihui.services.hardship.income_lines import DecidedLine, decide_income_line
    from yihui.views.hardship import income_line_json

    decided = DecidedLine(sent.organisation, sent.since, sent.yuan, sent.document)
    return _answer(income_line_json(decide_income_line(site.wiring, actor, decided)), 201)


def _answer(
    content: dict[str, object], status: int = 200, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(to_jsonable_python(content), status, headers)
