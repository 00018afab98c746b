"""Run the ``yihui vouchers`` commands and print their results."""

import json
from pathlib import Path

import typer

from benefits import (
    Merchant,
    NewMerchantKey,
    RefundRequest,
    add_merchant,
    format_code,
    issue_card_text,
    issue_merchant_key,
    issue_voucher_code,
    list_usable_benefits,
    load_merchant_keys,
    load_merchants,
    revoke_merchant_keys,
    step_seconds_left,
)
from benefits import void_grant_remainder as void_what_is_left
from core.civil_time import civil_date
from core.text_marks import N_
from events.retries import run_in_transaction
from rules import format_yuan
from yihui.bootstrap import Wiring
from yihui.files.redemptions import read_redemption_file
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.runtime.errors import EXIT_FINDINGS
from yihui.services.rule_life import acting_officer
from yihui.services.unknown_ids import require_known_member
from yihui.services.vouchers import (
    MerchantRedemption,
    accept_offline_uses,
    merchant_by_id,
    merchant_by_key,
    preview_redemption,
    redeem_voucher,
    refund_voucher_use,
)
from yihui.views import vouchers as sheet


def print_json(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False))


def issue_code(wiring: Wiring, grant: str, anew: bool, qr: Path | None, *, as_json: bool) -> None:
    """Issue the code of a grant, print it and write its QR code."""
    key, now = wiring.voucher_key, wiring.now()
    if qr:
        check_output_path(qr)
    made = run_in_transaction(
        wiring.database, lambda c: issue_voucher_code(c, key, grant, civil_date(now), now, anew=anew)
    )
    code = format_code(made.code) if made.code else None
    if qr and code:
        write_atomically(qr, sheet.render_qr_svg(code), private=True)
    if as_json:
        print_json({"grant": grant, "code": code, "number": made.number})
        return
    typer.echo(code or wiring.render(N_("the code was erased; make another one with --anew")))


def print_usable_benefits(wiring: Wiring, member: str, *, as_json: bool) -> None:
    with wiring.database.read() as connection:
        owned = list_usable_benefits(connection, wiring.voucher_key, member)
    if as_json:
        print_json([sheet.owned_voucher_json(item) for item in owned])
        return
    for item in owned:
        typer.echo(sheet.owned_voucher_text(item, wiring.language))
    typer.echo(wiring.render(N_("benefits that can be used: {count}"), count=len(owned)))


def print_member_card(wiring: Wiring, member: str, qr: Path | None, *, as_json: bool) -> None:
    now = wiring.now()
    if qr:
        check_output_path(qr)
    with wiring.database.write() as connection:
        require_known_member(connection, member, "--member")
        text = issue_card_text(connection, wiring.voucher_key, member, civil_date(now), now)
    if qr:
        write_atomically(qr, sheet.render_qr_svg(text), private=True)
    if as_json:
        print_json({"token": text, "seconds_left": step_seconds_left(now)})
        return
    typer.echo(
        wiring.render(N_("{token}  another one in {seconds} s"), token=text, seconds=step_seconds_left(now))
    )


def redeem_code(wiring: Wiring, key: str, wish: MerchantRedemption, *, check: bool, as_json: bool) -> None:
    done = (preview_redemption if check else redeem_voucher)(wiring, merchant_by_key(key), wish)
    if as_json:
        print_json(sheet.redemption_json(done))
    elif check:
        left = sheet.amount_text(done.left, done.unit, wiring.language)
        template = N_("can be used: {title}; {left} left, usable {uses} times")
        typer.echo(wiring.render(template, title=done.title, left=left, uses=done.uses_left))
    else:
        typer.echo(sheet.redemption_text(done, wiring.language))


def refund_redemption(
    wiring: Wiring, key: str, asked: tuple[str, str, int | None, bool], *, as_json: bool
) -> None:
    request, redemption, amount, reusable = asked
    who = merchant_by_key(key)
    with wiring.database.read() as connection:
        merchant = who(connection)
    today = civil_date(wiring.now())
    wish = RefundRequest(merchant.id, request, redemption, today, amount, reusable)
    done = refund_voucher_use(wiring, who, wish)
    if as_json:
        print_json(sheet.refund_json(done))
    else:
        typer.echo(sheet.refund_text(done, wiring.language))


def void_grant(wiring: Wiring, grant: str, by: str, reason: str) -> None:
    acting = acting_officer(wiring, by, reason)
    done = run_in_transaction(wiring.database, lambda c: void_what_is_left(c, acting, grant))
    typer.echo(wiring.render(N_("void: {yuan} yuan went back"), yuan=format_yuan(done.amount_fen)))


def submit_offline_batch(
    wiring: Wiring,
    file: Path,
    by: tuple[str | None, str | None],
    named: tuple[str | None, Path | None],
    *,
    as_json: bool,
) -> None:
    """Accept a batch of offline uses and print the result. Refused rows count as findings."""
    (key, merchant), (number, out) = by, named
    if out:
        check_output_path(out)
    read = read_redemption_file(file.read_bytes(), file.name)
    who = merchant_by_key(key) if key else merchant_by_id(merchant or "")
    result = accept_offline_uses(wiring, who, number or read.digest, read.uses)
    if out:
        write_atomically(out, sheet.offline_result_csv(result, wiring.language))
    if as_json:
        print_json(sheet.offline_result_json(result, wiring.language))
    else:
        for line in result.lines:
            if line.code:
                why = sheet.line_refusal_text(line, wiring.language)
                typer.echo(wiring.render(N_("row {row}: {why}"), row=line.row, why=why))
        typer.echo(sheet.offline_result_text(result, wiring.language))
    if result.count("refused"):
        raise typer.Exit(EXIT_FINDINGS)


def add_merchant_with_key(wiring: Wiring, merchant: Merchant, *, as_json: bool) -> None:
    """Add a merchant with a first key, and print the key."""
    with wiring.database.write() as connection:
        add_merchant(connection, merchant, wiring.now())
        made = issue_merchant_key(connection, merchant.id, wiring.now())
    _show_key(wiring, made, as_json=as_json)


def issue_further_key(wiring: Wiring, merchant: str, *, as_json: bool) -> None:
    """Issue a further key to a merchant, and print it."""
    with wiring.database.write() as connection:
        made = issue_merchant_key(connection, merchant, wiring.now())
    _show_key(wiring, made, as_json=as_json)


def _show_key(wiring: Wiring, made: NewMerchantKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"merchant": made.key.merchant_id, "id": made.key.id, "key": made.text})
        return
    typer.echo(wiring.render(N_("key: {key}"), key=made.text))
    typer.echo(wiring.render(N_("write it down now: it is not kept and can't be shown again")), err=True)


def revoke_keys_by_name(wiring: Wiring, name: str) -> None:
    """Revoke one key, or all keys of a merchant. ``name`` is a merchant's id, a key's id or a whole key."""
    with wiring.database.write() as connection:
        ended = revoke_merchant_keys(
            connection, name.partition("-")[0] if len(name) > 40 else name, wiring.now()
        )
    for key in ended:
        template = N_("the key {key} of {merchant} is revoked")
        typer.echo(wiring.render(template, key=key.id, merchant=key.merchant_id))


def print_merchants(wiring: Wiring, *, as_json: bool) -> None:
    with wiring.database.read() as connection:
        merchants, keys = load_merchants(connection), load_merchant_keys(connection)
    theirs = {merchant.id: [key for key in keys if key.merchant_id == merchant.id] for merchant in merchants}
    if as_json:
        print_json([sheet.merchant_json(merchant, theirs[merchant.id]) for merchant in merchants])
        return
    for merchant in merchants:
        typer.echo(sheet.merchant_text(merchant, theirs[merchant.id], wiring.language))
    if not merchants:
        typer.echo(wiring.render(N_("no merchant yet: yihui vouchers merchants add")), err=True)
