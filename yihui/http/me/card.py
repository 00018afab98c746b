"""/me/card: the member's card. Its picture turns every minute, also for some minutes without a network."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from markupsafe import Markup

from core.faults import FaultError
from members import CARD_FAULTS, format_card_number
from yihui.access.roles import Right
from yihui.cases.cards.own import find_coming_tokens, find_member_card
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit, private_headers
from yihui.views.vouchers import render_qr_svg

CARD_PATH = "/me/card"
MINUTES_AHEAD = 10  # so long a phone without a network has a picture that a till accepts
_NO_CARD = f"{CARD_FAULTS.area}.no_card"


def router(made: APIRouter, pages: MemberPages) -> None:
    wiring = pages.site.wiring

    pages.add_page(made, "/card", _show)

    @made.get("/card/tokens")
    def tokens(request: Request) -> Response:
        """Return the pictures of the coming minutes, as rows of modules in hex, for the page's own script."""
        visit = pages.open(request)
        found = find_coming_tokens(wiring, visit.member, MINUTES_AHEAD, visit.reach(Right.READ_MEMBERS))
        pictures = [{"from": begins, "rows": _rows(token)} for begins, token in found]
        content = {"now": int(wiring.now().timestamp()), "pictures": pictures}
        return JSONResponse(content, headers=private_headers())


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show the card, a button to get it, or why it is not in force."""
    wiring = visit.wiring
    try:
        shown = find_member_card(wiring, visit.member, visit.reach(Right.READ_MEMBERS))
    except FaultError as error:
        if error.faults[0].code != _NO_CARD:
            raise
        return visit.page("card_new.html")
    return visit.page(
        "card.html",
        organisation=shown.organisation.name or shown.organisation.code or "",
        number=format_card_number(shown.card.number),
        # A screen reader says each digit, with a pause after each group.
        spoken=", ".join(" ".join(group) for group in format_card_number(shown.card.number).split()),
        bank_card=shown.bank_card,
        seconds_left=shown.seconds_left,
        picture=Markup(render_qr_svg(shown.token)),
    )


def _rows(token: str) -> list[str]:
    import segno

    rows = segno.make(token, error="m", micro=False).matrix
    return ["".join("1" if is_dark else "0" for is_dark in row) for row in rows]
