"""/desk/rules/versions/{hash}/comments: what officers discuss of a version that was submitted."""

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import NO_FEEDBACK, ActOutcome, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/rules/versions/{hash_}/comments")
    def comments(request: Request, hash_: str) -> Response:
        return show(pages.open(request, Right.READ_RULES), hash_, NO_FEEDBACK)

    def show(visit: OfficerVisit, hash_: str, feedback: FormFeedback) -> Response:
        from yihui.services.rules.comments import load_discussion
        from yihui.services.rules.desk import load_version_file

        entry = load_version_file(wiring, hash_).entry
        discussion = load_discussion(wiring, visit.actor, hash_)
        return pages.render(visit, "rule_comments.html", feedback, entry=entry, discussion=discussion)

    @made.post("/rules/versions/{hash_}/comments")
    async def comment(request: Request, hash_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _comment(pages, visit, hash_, form_value(sent, "text"))

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, hash_, feedback)

        return await pages.submit(request, Right.COMMENT_RULES, "comment", act, again)


def _comment(pages: OfficerPages, visit: OfficerVisit, hash_: str, text: str) -> ActOutcome:
    """Append the comment; the audit log gets its digest, by which a changed one is found."""
    from yihui.services.rules.comments import comment_on_version

    comment_on_version(pages.site.wiring, visit.actor, hash_, text)
    return ActOutcome(build_link(f"/desk/rules/versions/{hash_}", done="commented") + "#comments")
