"""/docs: the description of the API as a page without scripts; nothing is loaded from another site."""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.views.api_page import (
    list_api_tags,
    render_example,
    render_limits,
    render_markdown,
    render_type,
    render_value,
    resolve_answer,
)


def router(site: Site) -> APIRouter:
    made = APIRouter()
    pages = Pages.build(site.wiring.settings)
    rendered: dict[str, str] = {}  # by language: the description doesn't change while the site runs

    @made.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        """Return the page; its headings are in the reader's language, the descriptions are English."""
        language = site.language(request)
        if language.code not in rendered:
            document = request.app.openapi()
            rendered[language.code] = pages.render(
                "api.html",
                language,
                info=document["info"],
                tags=list(list_api_tags(document)),
                schemas=document["components"]["schemas"],
                resolve_answer=partial(resolve_answer, document),
                markdown=render_markdown,
                render_type=render_type,
                render_limits=render_limits,
                render_example=render_example,
                render_value=render_value,
            )
        return HTMLResponse(rendered[language.code], headers={"Vary": "Accept-Language"})

    return made
