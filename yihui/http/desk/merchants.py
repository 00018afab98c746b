"""/desk/merchants: who may redeem what and where, the merchants' keys, and uses of codes that were lost."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import NO_FEEDBACK, SENT_FORM_FAULTS, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.form_acts import Act, ActOutcome

if TYPE_CHECKING:
    from datetime import date

    from benefits import NewMerchantKey
    from yihui.services.benefits.merchants import MerchantAccount

MERCHANTS = "/desk/merchants"
_DONE: Mapping[str, str] = {
    "issued": N_(
        "The key was issued. It was shown once: if nobody wrote it down, revoke it and issue another."
    ),
    "revoked": N_("The key is revoked; what was redeemed with it stays."),
}
_MOST_DAYS = 90
_LONGEST_ID = 40
PAGE_SIZE = 30


def _is_form_of(form: str, account: "MerchantAccount") -> bool:
    """Return whether a form is one that a merchant or one of its keys has on the page."""
    names = [f"key-{account.merchant.id}", *(f"revoke-{key.id}" for key in account.keys)]
    return form in names


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/merchants")
    def merchants(request: Request) -> Response:
        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE, _DONE)
        return show(visit, NO_FEEDBACK, request.query_params.get("begin", "")[:_LONGEST_ID])

    def show(visit: OfficerVisit, feedback: FormFeedback, begin: str = "", **_: str) -> Response:
        """Show a page of merchants by id, from ``begin`` on, or from the one whose form was refused."""
        from yihui.services.benefits.merchants import list_merchant_accounts

        now, every = wiring.now(), list_merchant_accounts(wiring)
        begin = next((one.merchant.id for one in every if _is_form_of(feedback.form, one)), begin)
        listed = [one for one in every if one.merchant.id >= begin][: PAGE_SIZE + 1]
        return pages.render(
            visit,
            "merchants.html",
            feedback,
            accounts=[
                (one.merchant, [(key, key.holds(now)) for key in one.keys]) for one in listed[:PAGE_SIZE]
            ],
            begin=begin,
            next_begin=listed[PAGE_SIZE].merchant.id if len(listed) > PAGE_SIZE else "",
        )

    def lost_codes(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.benefits.vouchers import list_lost_codes_used
        from yihui.views.vouchers import lost_code_use_lines

        lines = [*lost_code_use_lines(list_lost_codes_used(wiring), visit.language)]
        return pages.render(visit, "lost_codes.html", lines=lines)

    def add(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
        from benefits import Merchant
        from yihui.services.benefits.merchants import add_merchant_with_key

        id_ = require_value(sent, "merchant", N_("id"))
        name = require_value(sent, "name", N_("name"))
        rules = tuple(rule for rule in sent.get("rules", ()) if rule)
        new = Merchant(id_, name, rules, tuple(form_value(sent, "stations").split()))
        return _render_new_key(pages, visit, add_merchant_with_key(wiring, new, _last_day(sent)))

    def key(visit: OfficerVisit, sent: FormFields, merchant: str) -> ActOutcome:
        from yihui.services.benefits.merchants import issue_further_key

        overlap = _overlap_days(sent)
        return _render_new_key(pages, visit, issue_further_key(wiring, merchant, _last_day(sent), overlap))

    def revoke(visit: OfficerVisit, sent: FormFields, key: str) -> str:
        from yihui.services.benefits.merchants import revoke_key

        revoke_key(wiring, key)
        return build_link(MERCHANTS, done="revoked")

    def add_form(path: str, form: str, work: Act) -> None:
        def act(visit: OfficerVisit, sent: FormFields, **named: str) -> ActOutcome | str:
            require_confirmation(sent)
            pages.authorise(visit, Right.ISSUE_KEYS, PROVINCE_CODE)  # a merchant serves the whole union
            return work(visit, sent, **named)

        pages.add_form(made, path, Right.ISSUE_KEYS, form, act, show)

    pages.add_page(made, "/money/lost-codes", Right.READ_MONEY, lost_codes, organisation=PROVINCE_CODE)
    add_form("/merchants", "add", add)
    add_form("/merchants/{merchant}/key", "key-{merchant}", key)
    add_form("/merchants/keys/{key}/revoke", "revoke-{key}", revoke)


def _render_new_key(pages: HandPages, visit: OfficerVisit, made: "NewMerchantKey") -> ActOutcome:
    """Return the page that shows the new key, once; the same form again leads to the list."""
    page = pages.render(visit, "merchant_key.html", key=made.key, text=made.text)
    return ActOutcome(build_link(MERCHANTS, done="issued"), shown_once=page)


def _last_day(sent: FormFields) -> "date | None":
    from yihui.runtime.arguments import parse_day

    until = form_value(sent, "until")
    return parse_day(until, "until") if until else None


def _overlap_days(sent: FormFields) -> int | None:
    """Return after how many days the merchant's other keys end; None lets them go on. *Raises*: FaultError."""
    text = form_value(sent, "overlap")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= _MOST_DAYS):
        raise FaultError(SENT_FORM_FAULTS.build("choice", field="overlap", value=text[:40]))
    return int(text)
