"""/me: the member's first page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from yihui.http.me.pages import MemberPages


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("", response_class=HTMLResponse)
    def home(request: Request) -> Response:
        return pages.open(request).page("home.html")
