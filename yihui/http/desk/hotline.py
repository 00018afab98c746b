"""/desk/hotline/cases/…/why: what was decided about the member of a case, as the answer to “why did I not get it?”."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from yihui.access.roles import Right
from yihui.frame.html import CellRenderer
from yihui.http.desk.pages import OfficerPages


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/cases/{thing}/why")
    def why(request: Request, thing: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
        from yihui.cases.hotline.cases import ANSWER
        from yihui.cases.hotline.pages import NOUN
        from yihui.cases.hotline.why import load_ledger_answers
        from yihui.frame.looking import show_thing

        visit = pages.open(request, Right.HANDLE_CASES)
        wiring = pages.site.wiring
        found = show_thing(wiring, visit.actor, NOUN, thing, visit.language)
        path = f"/desk/{NOUN.path}/{thing}"
        if ANSWER.name not in found.page.acts:
            return RedirectResponse(path, 303)
        return pages.render(
            visit,
            "hotline_why.html",
            noun=NOUN,
            act=ANSWER,
            sheet=found.page,
            shown=CellRenderer(visit.language, found.names, visit.day),
            answers=load_ledger_answers(wiring, visit.actor, thing, visit.language),
            version=found.thing.version,
            path=path,
        )
