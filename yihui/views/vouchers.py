"""Show vouchers and redemptions as text and JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.views.csv_text import render_csv

if TYPE_CHECKING:
    from benefits import OfflineBatchResult, OfflineLineResult, RedemptionResult, RefundResult

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
        "expires_on": done.expires_on.isoformat() if done.expires_on else None,
        "already": done.already,
    }


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
    """Return the result file: one row for each submitted row, with the reason."""
    heads = (
        N_("row"),
        N_("request key"),
        N_("outcome"),
        N_("redemption"),
        N_("amount"),
        N_("unit"),
        N_("reason"),
    )
    rows: list[list[object]] = [[language.translate(head) for head in heads]]
    for line in result.lines:
        cells = (line.row, line.request_key, language.translate(_OUTCOMES[line.outcome]), line.redemption_id)
        rows.append([*cells, line.amount or "", line.unit, line_refusal_text(line, language)])
    return render_csv(rows)


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


def render_qr_svg(text: str, *, scalable: bool = False) -> str:
    """Render a QR code as an SVG, black on white with the quiet zone that scanners need.

    A scalable one is as wide as the element that it stands in.
    """
    import segno

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False, omitsize=scalable)
    return out.getvalue().decode()


def offline_result_lines(result: OfflineBatchResult, language: Language) -> Iterator[str]:
    """Yield the refused rows with the reason, and the counts."""
    for line in result.lines:
        if why := line_refusal_text(line, language):
            yield language.render(N_("row {row}: {why}"), row=line.row, why=why)
    yield offline_result_text(result, language)
