"""Show vouchers, redemptions and merchants as text and JSON."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from benefits import (
    LostCodeUse,
    Merchant,
    MerchantKey,
    OfflineBatchResult,
    OfflineLineResult,
    RedemptionResult,
    RefundResult,
    UsableBenefit,
    format_code,
)
from core.civil_time import format_civil_instant, format_wall_clock
from core.money import format_yuan
from core.text_marks import N_
from geo.formats.cells import escape_formula
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

_OUTCOMES: Mapping[str, str] = {
    "accepted": N_("taken in"),
    "already": N_("done before"),
    "refused": N_("turned down"),
}


def amount_text(amount: int, unit: str, language: Language) -> str:
    """Return an amount with its unit."""
    if unit == "fen":
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(amount))
    return f"{amount} {language.translate(unit)}"


def owned_voucher_json(owned: UsableBenefit) -> dict[str, object]:
    """Return a voucher that the member can use, with its code; only for the member's own eyes."""
    code = owned.issued_code.code if owned.issued_code else None
    return {
        "grant": owned.grant_id,
        "rule": owned.rule_id,
        "kind": owned.kind,
        "title": owned.title,
        "unit": owned.unit,
        "left": owned.left,
        "uses_left": owned.uses_left,
        "claim_by": _day(owned.claim_by),
        "expires_on": _day(owned.expires_on),
        "code": format_code(code) if code else None,
    }


def owned_voucher_text(owned: UsableBenefit, language: Language) -> str:
    code = owned.issued_code.code if owned.issued_code else None
    until = language.render(N_("until {day}"), day=owned.expires_on) if owned.expires_on else ""
    claim = language.render(N_("to be claimed by {day}"), day=owned.claim_by) if owned.claim_by else ""
    left = language.render(
        N_("{amount} left, usable {uses} times"),
        amount=amount_text(owned.left, owned.unit, language),
        uses=owned.uses_left,
    )
    shown = (
        format_code(code)
        if code
        else language.render(N_("no code yet: yihui vouchers issue {grant}"), grant=owned.grant_id)
    )
    return "  ".join(filter(None, (shown, owned.title, left, claim, until)))


def redemption_json(done: RedemptionResult) -> dict[str, object]:
    """Return the redemption as the merchant receives it."""
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


def redemption_text(done: RedemptionResult, language: Language) -> str:
    template = (
        N_("redeemed before: {amount} of {title}; {left} left; redemption {id}")
        if done.already
        else N_("redeemed: {amount} of {title}; {left} left; redemption {id}")
    )
    told = language.render(
        template,
        amount=amount_text(done.amount, done.unit, language),
        title=done.title,
        left=amount_text(done.left, done.unit, language),
        id=done.id,
    )
    if done.left and not done.uses_left:
        return language.render(
            N_("{told}; no use is left, so that the rest can't be used any more"), told=told
        )
    return told


def refund_json(done: RefundResult) -> dict[str, object]:
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


def refund_text(done: RefundResult, language: Language) -> str:
    template = (
        N_("refunded: {amount}; the member can use it again; {left} of the redemption are left")
        if done.reusable
        else N_("refunded: {amount}; it went back to the budget; {left} of the redemption are left")
    )
    return language.render(
        template,
        amount=amount_text(done.amount, done.unit, language),
        left=amount_text(done.left, done.unit, language),
    )


def offline_result_json(result: OfflineBatchResult, language: Language) -> dict[str, object]:
    """Return the result of a batch of offline redemptions."""
    counts = {outcome: result.count(outcome) for outcome in _OUTCOMES}
    lines = [_line_json(line, language) for line in result.lines]
    return {"batch": result.id, "already": result.already, "counts": counts, "lines": lines}


def _line_json(line: OfflineLineResult, language: Language) -> dict[str, object]:
    content = asdict(line)
    del content["params"]
    return {**content, "message": line_refusal_text(line, language)}


def offline_result_text(result: OfflineBatchResult, language: Language) -> str:
    return language.render(
        N_("accepted {accepted}, done before {already}, turned down {refused}"),
        **{outcome: result.count(outcome) for outcome in _OUTCOMES},
    )


def offline_result_csv(result: OfflineBatchResult, language: Language) -> str:
    """Return the result file: one row for each submitted row, with the reason.

    The file begins with a UTF-8 byte order mark for spreadsheets, which run no cell that a merchant wrote.
    """
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
    writer.writerow([language.translate(head) for head in heads])
    for line in result.lines:
        outcome = language.translate(_OUTCOMES[line.outcome])
        cells = (line.row, line.request_key, outcome, line.redemption_id, line.amount or "", line.unit)
        writer.writerow(
            [escape_formula(str(cell or "")) for cell in (*cells, line_refusal_text(line, language))]
        )
    return "\ufeff" + out.getvalue()


def line_refusal_text(line: OfflineLineResult, language: Language) -> str:
    """Return why a line was refused and the remedy; for an accepted line a note, or an empty text."""
    if line.lost_on:
        return language.render(
            N_("accepted; the code was reported lost on {day}, so an officer will look at this use"),
            day=line.lost_on,
        )
    if not line.code:
        return ""
    why = fault_line(line.fault, language)
    return f"{why.message} → {why.remedy}"


def merchant_json(merchant: Merchant, keys: list[MerchantKey]) -> dict[str, object]:
    return {
        "id": merchant.id,
        "name": merchant.name,
        "rules": list(merchant.rules),
        "stations": list(merchant.stations),
        "keys": [
            {
                "id": key.id,
                "made_at": format_civil_instant(key.made_at),
                "revoked_at": format_civil_instant(key.revoked_at) if key.revoked_at else None,
                "expires_at": format_civil_instant(key.expires_at) if key.expires_at else None,
            }
            for key in keys
        ],
    }


def merchant_text(merchant: Merchant, keys: list[MerchantKey], language: Language) -> str:
    everything = language.render(N_("everything"))
    rules = language.render(N_("redeems {rules}"), rules="、".join(merchant.rules) or everything)
    live = language.render(
        N_("keys: {keys}"),
        keys="、".join(_key_text(k, language) for k in keys if k.revoked_at is None) or "—",
    )
    return "  ".join((merchant.id, merchant.name, rules, *merchant.stations, live))


def _key_text(key: MerchantKey, language: Language) -> str:
    if key.expires_at is None:
        return key.id
    return language.render(N_("{key} (until {time})"), key=key.id, time=format_wall_clock(key.expires_at))


def render_qr_svg(text: str, *, scalable: bool = False) -> str:
    """Render a QR code as an SVG, black on white with the quiet zone that scanners need.

    A scalable one is as wide as the element that it stands in.
    """
    import segno

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False, omitsize=scalable)
    return out.getvalue().decode()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def offline_result_lines(result: OfflineBatchResult, language: Language) -> Iterator[str]:
    """Yield the refused rows with the reason, and the counts."""
    for line in result.lines:
        if why := line_refusal_text(line, language):
            yield language.render(N_("row {row}: {why}"), row=line.row, why=why)
    yield offline_result_text(result, language)


def lost_code_use_json(use: LostCodeUse) -> dict[str, object]:
    return {
        "redemption": use.line.redemption_id,
        "merchant": use.merchant_id,
        "batch": use.batch,
        "request_key": use.line.request_key,
        "rule": use.line.rule_id,
        "amount": use.line.amount,
        "unit": use.line.unit,
        "used_at": format_civil_instant(use.used_at),
        "lost_on": _day(use.line.lost_on),
        "received_at": format_civil_instant(use.received_at),
    }


def lost_code_use_lines(uses: Sequence[LostCodeUse], language: Language) -> Iterator[str]:
    """Yield one line for each use, with the command that takes it back."""
    for use in uses:
        yield language.render(
            N_(
                "{redemption}  {merchant}, {amount} of {rule}: said to be used at {used_at}, "
                "handed in at {received_at}, code reported lost on {day}"
            ),
            redemption=use.line.redemption_id,
            merchant=use.merchant_id,
            amount=amount_text(use.line.amount, use.line.unit, language),
            rule=use.line.rule_id,
            used_at=format_civil_instant(use.used_at),
            received_at=format_civil_instant(use.received_at),
            day=use.line.lost_on,
        )
    if not uses:
        yield language.render(N_("no code was used offline that was reported lost before the use came"))


def redemption_preview_text(done: RedemptionResult, language: Language) -> str:
    """Return what a redemption would come to."""
    left = amount_text(done.left, done.unit, language)
    template = N_("can be used: {title}; {left} left, usable {uses} times")
    return language.render(template, title=done.title, left=left, uses=done.uses_left)


def owned_vouchers_lines(owned: Sequence[UsableBenefit], language: Language) -> Iterator[str]:
    """Yield a line for each benefit that the member can use, and their number."""
    for item in owned:
        yield owned_voucher_text(item, language)
    yield language.render(N_("benefits that can be used: {count}"), count=len(owned))
