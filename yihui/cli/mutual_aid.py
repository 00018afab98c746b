"""yihui mutual-aid: claims of mutual medical aid, their review, and the proof of each line by line."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import mutual_aid_policies
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, MemberOption, OnlyMember, RecordedReason
from yihui.cli.output import emit

if TYPE_CHECKING:
    from members.mutual_aid.claim import AidClaim
    from yihui.services.mutual_aid.intake import WrittenBill

app = typer.Typer(no_args_is_help=True)
app.add_typer(mutual_aid_policies.app, name="policies")

_Claim = Annotated[int, typer.Argument(help=N_("the claim's number"), metavar="CLAIM")]
_Policy = Annotated[int, typer.Option(help=N_("the policy's number"))]
_Seen = Annotated[
    int | None,
    typer.Option("--version", help=N_("the version that you saw: refused if the claim was changed since")),
]
_From = Annotated[str, typer.Option("--from", help=N_("day of admission"), metavar="DATE")]
_To = Annotated[str, typer.Option("--to", help=N_("day of discharge"), metavar="DATE")]
_Total = Annotated[str, typer.Option(help=N_("the whole bill, in yuan"))]
_Insurance = Annotated[str, typer.Option(help=N_("what basic insurance paid, in yuan"))]
_Other = Annotated[str, typer.Option(help=N_("what other insurance paid, in yuan"))]
_SelfPaid = Annotated[str, typer.Option(help=N_("what the member paid, in yuan"))]
_Receipt = Annotated[str, typer.Option(help=N_("the receipt's number; its digest is stored, not the number"))]


def _bill(
    begins: str, ends: str, total: str, insurance: str, other: str, self_paid: str, receipt: str
) -> "WrittenBill":  # fmt: skip
    from yihui.services.mutual_aid.intake import WrittenBill

    return WrittenBill(begins, ends, total, insurance, other, self_paid, receipt)


def _emit(wiring: Wiring, claim: "AidClaim", json_: bool) -> None:
    from yihui.views.mutual_aid import claim_json, claim_text

    emit(claim_json(claim), [claim_text(claim, wiring.language)], json_)


@app.command(help=N_("Submit a claim for a stay in hospital; another officer reviews it."))
def submit(
    context: typer.Context,
    policy: _Policy,
    member: MemberOption,
    begins: _From,
    ends: _To,
    total: _Total,
    insurance: _Insurance,
    self_paid: _SelfPaid,
    receipt: _Receipt,
    by: By,
    other: _Other = "0",
    json_: AsJson = False,
) -> None:
    from yihui.services.mutual_aid.claims import WrittenClaim, submit_claim

    wiring: Wiring = context.obj
    bill = _bill(begins, ends, total, insurance, other, self_paid, receipt)
    _emit(wiring, submit_claim(wiring, current_actor(context), WrittenClaim(policy, member, bill)), json_)


@app.command(help=N_("Show what a claim would be paid today; nothing is stored."))
def preview(
    context: typer.Context,
    policy: _Policy,
    member: MemberOption,
    begins: _From,
    ends: _To,
    total: _Total,
    insurance: _Insurance,
    self_paid: _SelfPaid,
    receipt: _Receipt,
    by: By,
    other: _Other = "0",
    json_: AsJson = False,
) -> None:
    from yihui.services.mutual_aid.claims import WrittenClaim, preview_claim
    from yihui.views.mutual_aid import reimbursement_json, reimbursement_lines

    wiring: Wiring = context.obj
    bill = _bill(begins, ends, total, insurance, other, self_paid, receipt)
    under, found = preview_claim(wiring, current_actor(context), WrittenClaim(policy, member, bill))
    emit(reimbursement_json(found), reimbursement_lines(under, found, wiring.language), json_)


@app.command("list", help=N_("List claims of mutual aid, the newest first."))
def list_(
    context: typer.Context,
    state: Annotated[
        str | None,
        typer.Option(help=N_("submitted, returned, approved, refused, withdrawn or reversed")),
    ] = None,
    policy: Annotated[int | None, typer.Option(help=N_("only claims under this policy"))] = None,
    member: OnlyMember = None,
    organisation: Annotated[
        str | None, typer.Option(help=N_("only claims of this organisation and those below it"))
    ] = None,
    limit: Annotated[int, typer.Option(help=N_("at most so many"), min=1, max=10_000)] = 100,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.repository import ClaimQuery
    from yihui.services.mutual_aid.lists import load_claims
    from yihui.views.mutual_aid import claim_json, claim_lines

    wiring: Wiring = context.obj
    query = ClaimQuery(state=state, policy=policy, member_id=member, limit=limit)
    found = load_claims(wiring, current_actor(context), query, organisation)
    emit([claim_json(one) for one in found.claims], claim_lines(found, wiring.language), json_)


@app.command(
    help=N_("Prove a claim line by line: each band, the caps, the basis, and the ledger's postings. The reading is recorded.")
)  # fmt: skip
def why(context: typer.Context, claim: _Claim, json_: AsJson = False) -> None:
    from yihui.services.mutual_aid.lists import prove_claim
    from yihui.views.mutual_aid import proof_json, proof_lines

    wiring: Wiring = context.obj
    proof = prove_claim(wiring, current_actor(context), claim)
    emit(proof_json(proof), proof_lines(proof, wiring.language), json_)
    if proof.is_proven is False:
        raise typer.Exit(1)


@app.command(help=N_("Approve a claim, as a second officer: the rules grant it against their budget."))
def approve(
    context: typer.Context,
    claim: _Claim,
    by: By,
    reason: Annotated[str, typer.Option(help=N_("why, in a sentence, without personal data"))] = "",
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim
    from yihui.services.mutual_aid.payment import approve_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.APPROVE, version, reason)
    _emit(wiring, approve_claim(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Refuse a claim with a reason, as a second officer."))
def refuse(
    context: typer.Context,
    claim: _Claim,
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim, refuse_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.REFUSE, version, reason)
    _emit(wiring, refuse_claim(wiring, current_actor(context), wanted), json_)


@app.command("send-back", help=N_("Send a claim back for correction, as a second officer."))
def send_back(
    context: typer.Context,
    claim: _Claim,
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim, send_back_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.SEND_BACK, version, reason)
    _emit(wiring, send_back_claim(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Correct the bill of a claim that was sent back."))
def correct(
    context: typer.Context,
    claim: _Claim,
    begins: _From,
    ends: _To,
    total: _Total,
    insurance: _Insurance,
    self_paid: _SelfPaid,
    by: By,
    reason: RecordedReason,
    other: _Other = "0",
    receipt: _Receipt = "",
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim, correct_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.CORRECT, version, reason)
    bill = _bill(begins, ends, total, insurance, other, self_paid, receipt)
    _emit(wiring, correct_claim(wiring, current_actor(context), wanted, bill), json_)


@app.command(help=N_("Withdraw a claim that wasn't decided; its receipt is free again."))
def withdraw(
    context: typer.Context, claim: _Claim, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim, withdraw_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.WITHDRAW, None, reason)
    _emit(wiring, withdraw_claim(wiring, current_actor(context), wanted), json_)


@app.command(
    help=N_("Reverse an approved claim whose payment wasn't prepared: its money is back in the budget.")
)
def reverse(
    context: typer.Context, claim: _Claim, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from members.mutual_aid.claim import ClaimAct
    from yihui.services.mutual_aid.claims import ActOnClaim
    from yihui.services.mutual_aid.payment import reverse_claim

    wiring: Wiring = context.obj
    wanted = ActOnClaim(claim, ClaimAct.REVERSE, None, reason)
    _emit(wiring, reverse_claim(wiring, current_actor(context), wanted), json_)
