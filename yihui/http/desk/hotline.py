"""/desk/hotline/cases/…/why: what was decided about the member of a case, from which the answer begins."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from yihui.access.roles import Right
from yihui.frame.html import CellRenderer
from yihui.http.body import RowNumber
from yihui.http.desk.hand_pages import HandPages


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/hotline/cases/{thing}/why")
    def why(
        request: Request,
        thing: RowNumber,
        decision: str | None = None,
        rule: str | None = None,
    ) -> Response:
        """List the decisions, or begin the answer from the one that was chosen."""
        from yihui.cases.hotline.cases import ANSWER
        from yihui.cases.hotline.pages import NOUN
        from yihui.cases.hotline.why import load_ledger_answers
        from yihui.frame.content import Prose
        from yihui.frame.desk import NounPages
        from yihui.frame.doing import ActRequest, preview_act
        from yihui.frame.looking import show_thing
        from yihui.frame.typed import parse_values

        visit = pages.open(request, Right.HANDLE_CASES)
        wiring = pages.site.wiring
        found = show_thing(wiring, visit.actor, NOUN, thing, visit.language)
        path = f"/desk/{NOUN.path}/{thing}"
        if ANSWER.name not in found.page.acts:
            return RedirectResponse(path, 303)
        if decision or rule:
            chosen = {"decision": decision} if decision else {"rule": rule or ""}
            form = parse_values(ANSWER.form, chosen)
            shown = preview_act(wiring, visit.actor, ANSWER, ActRequest(thing), form, visit.language)
            said = next(one.text for one in shown.sections if isinstance(one, Prose) and one.name == "answer")
            return NounPages(pages, NOUN).show_act(visit, ANSWER, thing, begun={**chosen, "answer": said})
        return pages.render(
            visit,
            "hotline_why.html",
            noun=NOUN,
            act=ANSWER,
            sheet=found.page,
            shown=CellRenderer(visit.language, found.names, visit.day),
            answers=load_ledger_answers(wiring, visit.actor, thing, visit.language),
            path=path,
        )
