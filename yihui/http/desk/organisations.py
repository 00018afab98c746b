"""/desk/organisations: beside the noun, an organisation's statistics and its code for joining to print."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from yihui.access.roles import Right
from yihui.http.desk.hand_pages import HandPages

_Code = Annotated[str, Path(pattern=r"^[0-9]{6}([0-9]{3})?(-[0-9]{5})?$")]


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/organisations/{code}/statistics")
    def statistics(request: Request, code: _Code) -> Response:
        from yihui.services.operation.kept_figures import load_organisation_statistics
        from yihui.views.statistics import head_title, method_lines, period_text, table_heads, text_rows

        visit = pages.open(request, Right.READ_STATISTICS, code)
        report, as_of = load_organisation_statistics(wiring, code)
        return pages.render(
            visit,
            "statistics.html",
            code=code,
            title=head_title(report, visit.language),
            period=period_text(report, visit.language),
            as_of=as_of,
            heads=table_heads(report, "members", visit.language),
            rows=text_rows(report, "members", visit.language),
            notes=method_lines(report, visit.language),
        )

    @made.get("/organisations/{code}/code.html")
    def print_code(request: Request, code: _Code) -> Response:
        """Return the A5 page with the organisation's code for joining at this site's address."""
        from yihui.cases.organisations.links import load_printable_link, render_link

        visit = pages.open(request, Right.READ_ORGANISATIONS, code)
        link = load_printable_link(wiring, code, str(request.base_url))
        return HTMLResponse(render_link(link, ".html", visit.language), headers={"Cache-Control": "no-store"})
