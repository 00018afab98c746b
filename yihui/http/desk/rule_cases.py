"""/desk/rules/versions/…/cases: the cases of a rule, run against one of its versions."""

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.desk.pages import OfficerPages
from yihui.runtime.errors import fault_line


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/rules/versions/{hash_}/cases")
    def cases(request: Request, hash_: str) -> Response:
        from yihui.services.rules.version_cases import check_version_cases
        from yihui.views.rule_cases import case_row
        from yihui.views.rule_life import VERSION_STATES

        visit = pages.open(request, Right.READ_RULES)
        done = check_version_cases(pages.site.wiring, hash_)
        return pages.render(
            visit,
            "rule_cases.html",
            done_cases=done,
            entry=done.entry,
            failed=[case_row(one, visit.language) for one in done.failed],
            passed=[case_row(one, visit.language) for one in done.passed],
            faults=[fault_line(fault, visit.language) for fault in done.faults],
            states=VERSION_STATES,
        )
