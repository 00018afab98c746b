"""/lottery/{commitment}: the proof of a lottery, for whoever holds the published commitment; nobody logs in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from yihui.http.looks import read_looks
from yihui.http.pages import Pages, read_requested_language
from yihui.http.site import Site
from yihui.runtime.language import OTHER_LANGUAGE
from yihui.services.benefits.lottery_verifier import VERIFIER, find_verifier

_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-cache"}
Commitment = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Pseudonym = Annotated[str, Query(max_length=128)]


def router(site: Site) -> APIRouter:
    made, pages = APIRouter(include_in_schema=False), Pages.build(site.wiring.settings)

    @made.get(f"/lottery/{VERIFIER}")
    def verifier() -> Response:
        """Return the program that verifies a lottery with Python's own library alone."""
        return FileResponse(find_verifier(), media_type="text/plain; charset=utf-8", filename=VERIFIER)

    @made.get("/lottery/{commitment}", response_class=HTMLResponse)
    def proof(request: Request, commitment: Commitment, pseudonym: Pseudonym = "") -> Response:
        """Show what was published of a lottery, and how everybody verifies it."""
        from yihui.money.draws.calls import load_public_lottery
        from yihui.views.lottery import entrant_text, public_number_text

        language = site.language(request)
        found = load_public_lottery(site.wiring, commitment)
        asked = read_requested_language(request)
        pseudonym = pseudonym.strip()
        html = pages.render(
            "lottery.html",
            language,
            **read_looks(request),
            query=f"?lang={asked}" if asked else "",
            asked=asked,
            other=OTHER_LANGUAGE[language.code],
            draw=found.draw,
            file=found.file,
            digests=found.file.digests.model_dump(),
            number=public_number_text(found.file, language),
            pseudonym=pseudonym,
            entrant=entrant_text(found.file, pseudonym, language) if pseudonym else "",
        )
        return HTMLResponse(html, headers=_HEADERS)

    @made.get("/lottery/{commitment}/file")
    def file(commitment: Commitment) -> Response:
        """Return the published file, the same bytes as `yihui lottery publish` writes."""
        from yihui.money.draws.calls import load_public_lottery

        found = load_public_lottery(site.wiring, commitment)
        name = f"{found.draw.rule_id}-{commitment[:8]}.json"
        headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(found.draw.file.encode(), media_type="application/json", headers=headers)

    return made
