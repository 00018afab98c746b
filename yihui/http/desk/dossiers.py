"""/desk/members/grants and /payments: the dossier of one amount of money, from the document to the bank's answer."""

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.desk.hand_pages import HandPages


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/members/grants/{grant}")
    def grant(request: Request, grant: str) -> Response:
        return show(request, "grant", grant)

    @made.get("/members/payments/{payment}")
    def payment(request: Request, payment: str) -> Response:
        return show(request, "payment", payment)

    def show(request: Request, kind: str, mark: str) -> Response:
        from benefits import DossierKey
        from yihui.services.members.dossier import find_dossier
        from yihui.views.dossier import dossier_sections

        visit = pages.open(request, Right.READ_BENEFITS)
        key = DossierKey(grant=mark) if kind == "grant" else DossierKey(payment=mark)
        found = find_dossier(pages.site.wiring, key, pages.scope(visit, Right.READ_BENEFITS))
        member = found.member_id
        pages.record_reading(visit, Right.READ_BENEFITS, member)
        sections = dossier_sections(found, visit.language, pages.record_names())
        return pages.render(visit, "dossier.html", found=found, member=member, sections=sections)
