"""/me/login: a member logs in with a code that is sent to her phone."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from yihui.http.me.pages import MemberPages, safe_member_path


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/login", response_class=HTMLResponse)
    def login(request: Request) -> Response:
        back = safe_member_path(request.query_params.get("next", ""))
        return pages.render(pages.appearance(request), "login.html", back=back)
