"""Vouchers, redemptions and merchants as people and programs read them."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from benefits.model.move_refusals import TEXTS as POSTING_TEXTS
from benefits.vouchers.batches import LineResult, OfflineResult
from benefits.vouchers.codes import grouped
from benefits.vouchers.issuing import Owned
from benefits.vouchers.merchants import Merchant, MerchantKey
from benefits.vouchers.redemption import Redeemed
from benefits.vouchers.refunds import Refunded
from benefits.vouchers.refusals import TEXTS as VOUCHER_TEXTS
from yihui.runtime.language import Language
from yihui.views.ledger_texts import in_words
from yihui.views.outcomes import yuan
from yihui.views.stations import civil

N_ = str  # marks a text for the message catalogue

_OUTCOMES: Mapping[str, str] = {
    "accepted": N_("taken in"),
    "already": N_("done before"),
    "refused": N_("turned down"),
}


def amount_text(amount: int, unit: str, language: Language) -> str:
    """So much of it, in words."""
    if unit == "fen":
        return language.say(N_("{yuan} yuan"), yuan=yuan(amount))
    return f"{amount} {language.text(unit)}"


def owned_json(owned: Owned) -> dict[str, object]:
    """What a member can use, with the code; only for the member's own eyes."""
    code = owned.handed_out.code if owned.handed_out else None
    return {
        "grant": owned.grant_id,
        "rule": owned.rule_id,
        "kind": owned.kind,
        "title": owned.title,
        "unit": owned.unit,
        "left": owned.left,
        "uses_left": owned.uses_left,
        "expires_on": _day(owned.expires_on),
        "code": grouped(code) if code else None,
    }


def owned_text(owned: Owned, language: Language) -> str:
    code = owned.handed_out.code if owned.handed_out else None
    until = language.say(N_("until {day}"), day=owned.expires_on) if owned.expires_on else ""
    left = language.say(
        N_("{amount} left, usable {uses} times"),
        amount=amount_text(owned.left, owned.unit, language),
        uses=owned.uses_left,
    )
    shown = (
        grouped(code)
        if code
        else language.say(N_("no code yet: yihui vouchers issue {grant}"), grant=owned.grant_id)
    )
    return "  ".join(filter(None, (shown, owned.title, left, until)))


def redeemed_json(done: Redeemed) -> dict[str, object]:
    """What a merchant is told."""
    return {
        "redemption": done.id or None,
        "rule": done.rule_id,
        "kind": done.kind,
        "title": done.title,
        "amount": done.amount,
        "unit": done.unit,
        "worth_fen": done.worth_fen,
        "left": done.left,
        "uses_left": done.uses_left,
        "expires_on": _day(done.expires_on),
        "already": done.already,
    }


def redeemed_text(done: Redeemed, language: Language) -> str:
    template = (
        N_("redeemed before: {amount} of {title}; {left} left; redemption {id}")
        if done.already
        else N_("redeemed: {amount} of {title}; {left} left; redemption {id}")
    )
    told = language.say(
        template,
        amount=amount_text(done.amount, done.unit, language),
        title=done.title,
        left=amount_text(done.left, done.unit, language),
        id=done.id,
    )
    if done.left and not done.uses_left:
        return language.say(N_("{told}; no use is left, so that the rest can't be used any more"), told=told)
    return told


def refunded_json(done: Refunded) -> dict[str, object]:
    return {
        "refund": done.id,
        "redemption": done.redemption_id,
        "amount": done.amount,
        "unit": done.unit,
        "worth_fen": done.worth_fen,
        "left": done.left,
        "reusable": done.reusable,
        "already": done.already,
    }


def refunded_text(done: Refunded, language: Language) -> str:
    template = (
        N_("refunded: {amount}; the member can use it again; {left} of the redemption are left")
        if done.reusable
        else N_("refunded: {amount}; it went back to the budget; {left} of the redemption are left")
    )
    return language.say(
        template,
        amount=amount_text(done.amount, done.unit, language),
        left=amount_text(done.left, done.unit, language),
    )


def result_json(result: OfflineResult, language: Language) -> dict[str, object]:
    """What became of a batch."""
    counts = {outcome: result.count(outcome) for outcome in _OUTCOMES}
    lines = [_line_json(line, language) for line in result.lines]
    return {"batch": result.id, "already": result.already, "counts": counts, "lines": lines}


def _line_json(line: LineResult, language: Language) -> dict[str, object]:
    content = asdict(line)
    del content["params"]
    return {**content, "message": why_text(line, language)}


def result_text(result: OfflineResult, language: Language) -> str:
    return language.say(
        N_("accepted {accepted}, done before {already}, turned down {refused}"),
        **{outcome: result.count(outcome) for outcome in _OUTCOMES},
    )


def result_csv(result: OfflineResult, language: Language) -> str:
    """The result file: a row for each row handed in, with the reason; begins with a mark for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    heads = (
        N_("row"),
        N_("request key"),
        N_("outcome"),
        N_("redemption"),
        N_("amount"),
        N_("unit"),
        N_("reason"),
    )
    writer.writerow([language.text(head) for head in heads])
    for line in result.lines:
        outcome = language.text(_OUTCOMES[line.outcome])
        cells = (line.row, line.request_key, outcome, line.redemption_id, line.amount or "", line.unit)
        writer.writerow([_as_text(cell) for cell in (*cells, why_text(line, language))])
    return "\ufeff" + out.getvalue()


def _as_text(cell: object) -> object:
    """A spreadsheet must not take what a merchant wrote for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


def why_text(line: LineResult, language: Language) -> str:
    """Why a line was refused, and what to do; nothing for those that weren't."""
    if not line.code:
        return ""
    message, remedy = VOUCHER_TEXTS.get(line.code) or POSTING_TEXTS[line.code]
    params = in_words(line.params, language)
    return f"{language.say(message, **params)} → {language.say(remedy, **params)}"


def merchant_json(merchant: Merchant, keys: list[MerchantKey]) -> dict[str, object]:
    return {
        "id": merchant.id,
        "name": merchant.name,
        "rules": list(merchant.rules),
        "stations": list(merchant.stations),
        "keys": [
            {
                "id": key.id,
                "made_at": civil(key.made_at),
                "revoked_at": civil(key.revoked_at) if key.revoked_at else None,
            }
            for key in keys
        ],
    }


def merchant_text(merchant: Merchant, keys: list[MerchantKey], language: Language) -> str:
    everything = language.say(N_("everything"))
    rules = language.say(N_("redeems {rules}"), rules="、".join(merchant.rules) or everything)
    live = language.say(N_("keys: {keys}"), keys="、".join(k.id for k in keys if k.revoked_at is None) or "—")
    return "  ".join((merchant.id, merchant.name, rules, *merchant.stations, live))


def qr_svg(text: str) -> str:
    """A QR code as an SVG picture, black on white with the quiet zone that readers need."""
    import segno

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False)
    return out.getvalue().decode()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
