"""Faults of mutual aid: what is wrong with a policy, its table or a claim, and acts that they refuse."""

from collections.abc import Mapping

from core.faults import Fault, FaultError, FaultTable, Term
from core.text_marks import N_

FIELD_TITLES: Mapping[str, str] = {
    "deductible": N_("Deductible"),
    "claim_cap": N_("Cap of a claim"),
    "year_cap": N_("Cap of the year"),
    "bands": N_("Bands of the self-paid amount"),
}


class AidRefused(FaultError):
    """An act that a policy or a claim of mutual aid refuses."""


AID_FAULTS = FaultTable(
    "mutual_aid",
    {
        "unknown_policy": (
            N_("there is no policy {value} of mutual aid"),
            N_("look its number up: yihui mutual-aid policies list"),
        ),
        "unknown_cover": (
            N_("no such policy of mutual aid in force covers you"),
            N_("choose one of those that your page of mutual aid lists, or ask your union"),
        ),
        "no_paper": (N_("no photo of the settlement receipt is attached"), N_("attach it, then hand in")),
        "unknown_claim": (
            N_("there is no claim {value} of mutual aid"),
            N_("look its number up: yihui mutual-aid list"),
        ),
        "changed": (
            N_("{value} was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again, and act on what it says now"),
        ),
        "not_now": (N_("what is {state} can't be changed by: {act}"), N_("what is possible now: {possible}")),
        "unknown_organisation": (
            N_("there is no organisation {value} today"),
            N_("look the code up: yihui organisations list"),
        ),
        "days": (
            N_("the policy would end on {value}, before it begins"),
            N_("write the first and the last day, such as 2026-01-01 and 2026-12-31"),
        ),
        "long_policy": (
            N_("the policy would last {value} days"),
            N_("a policy lasts a year: at most {most} days, and begins or ends in {year}"),
        ),
        "same_policy": (
            N_("policy {value} of the same unit is for the same days"),
            N_("withdraw one of the two; a unit has one policy at a time"),
        ),
        "bad_band": (
            N_("band {place}: “{value}” can't be read"),
            N_("write it as 1000-10000=50%, in yuan; without the second amount it has no end"),
        ),
        "empty_band": (N_("band {place}: {value} holds nothing"), N_("write the smaller amount first")),
        "overlap": (
            N_("band {place} begins at {value} yuan, within the band before it or below the deductible"),
            N_("let each band begin where the one before it ends; the first one begins at the deductible"),
        ),
        "gap": (
            N_("band {place} begins at {value} yuan, but the table reaches {reached} yuan so far"),
            N_("let each band begin where the one before it ends; a band of 0% may fill a gap"),
        ),
        "rate": (N_("band {place}: {value} % is more than all"), N_("write at most 100%")),
        "no_band": (N_("the table pays nothing"), N_("write at least one band above 0%")),
        "caps": (
            N_("a claim may be paid {value} yuan, more than the cap of the year"),
            N_("write a cap of a claim that is at most the cap of the year"),
        ),
        "too_many": (N_("{field}: {value} are too many"), N_("write at most {most}")),
        "too_much": (N_("{field}: {value} yuan is too much"), N_("write at most {most} yuan")),
        "no_members": (
            N_("nobody was enrolled: the list is empty"),
            N_("name members, one id a line, or take the unit's roll of a day"),
        ),
        "roll_with_list": (
            N_("a list was given beside the whole roll"),
            N_("choose the list, or leave it out"),
        ),
        "enrol_day": (
            N_("{value} is outside the policy's days"),
            N_("choose a day from {begins} to {ends}, today at the latest"),
        ),
        "unknown_member": (N_("{value} is on no roll of yours"), N_("check the member's id")),
        "formula": (
            N_("the workbook {value} computes values by formulas"),
            N_("save it as CSV, or paste the values without their formulas into a new workbook"),
        ),
        "formula_cell": (N_("the cell would be read as a formula"), N_("write the member's id alone")),
        "long_list": (
            N_("the list has {value} rows; at most {most} are taken at once"),
            N_("divide it into several files, or enrol the whole roll"),
        ),
        "no_id": (N_("the row has no member's id"), N_("write the id, or delete the row")),
        "repeated_id": (
            N_("the member stands on the list twice, first in row {first}"),
            N_("delete one of the two rows"),
        ),
        "coverage_day": (
            N_("{value} can't be: the coverage would leave the policy's days"),
            N_("write a day from {begins} to {ends}"),
        ),
        "uncovered_claims": (
            N_("approved claims would be covered no more: {value}"),
            N_("look at them, then confirm that they are taken back: what was paid becomes a debt"),
        ),
        "no_proposal": (
            N_("no correction that takes claims back waits for a second officer"),
            N_("load the page again; if one waited, it was decided, or 14 days have passed"),
        ),
        "other_claims": (
            N_("the claims are others than those of the proposal: {value}"),
            N_("refuse it, and let the first officer propose it again"),
        ),
        "ended": (
            N_("the stay begins on {value}; the member was covered until {until}"),
            N_("look at the enrolment; a stay after it can't be reimbursed"),
        ),
        "void": (
            N_("{value} should not have been enrolled in policy {policy}"),
            N_("look at the enrolment, where an officer wrote why"),
        ),
        "not_of_unit": (
            N_("{value} was no member of the policy's unit on {day}"),
            N_("check the id and the day; members of other units have policies of their own"),
        ),
        "not_enrolled": (
            N_("{value} isn't enrolled in policy {policy}"),
            N_("check the policy; enrolled members are listed by yihui mutual-aid policies show"),
        ),
        "protected": (
            N_("the stay begins on {value}; the member is covered from {begins} on"),
            N_("a stay before it can't be reimbursed: new members wait {waiting} days"),
        ),
        "stay_year": (
            N_("the stay begins on {value}, outside the policy's days"),
            N_("choose the policy for that day; this one is from {begins} to {ends}"),
        ),
        "stay_days": (
            N_("the stay would end on {value}, before it begins"),
            N_("write the day of admission first"),
        ),
        "stay_ahead": (N_("{value} is not over yet"), N_("submit the claim after the discharge")),
        "sum": (
            N_("the parts make {value} yuan, the bill says {total}"),
            N_("basic insurance, other insurance and the self-paid part must add up to the total"),
        ),
        "no_receipt": (
            N_("the receipt's number is missing or too short"),
            N_("write the number that is printed on the settlement receipt, at least {least} characters"),
        ),
        "receipt_used": (
            N_("the receipt was submitted already: claim {value}"),
            N_("each receipt is reimbursed once; look at that claim"),
        ),
        "pays_nothing": (
            N_("the claim would be paid nothing: {value}"),
            N_("refuse it with this reason; the member may ask for hardship aid"),
        ),
        "capped": (
            N_("the cap of the year is reached"),
            N_("refuse it with this reason; the member may ask for hardship aid"),
        ),
        "no_rule": (
            N_("no rule in force pays for mutual aid (programme {value})"),
            N_("write one and let it be approved: yihui rules draft --from mutual-aid-reimbursement"),
        ),
        "stopped": (N_("the rule for mutual aid is stopped"), N_("resume it first: yihui rules resume")),
        "other_amount": (
            N_("the rules would give {value} fen, the claim says {computed}"),
            N_("mend the rule: it pays the amount of its event"),
        ),
        "paid": (
            N_("claim {value} was paid, or the bank has it already"),
            N_("wait for the bank's answer; money that was paid is asked back as a debt"),
        ),
        "no_change": (N_("nothing was changed"), N_("write what is different now")),
    },
)


def build_field_fault(code: str, name: str, value: object = None, most: object = None) -> Fault:
    """Return a fault of a field that a form shows, which the text calls by its title."""
    terms: dict[str, Term] = {"field": FIELD_TITLES[name]} if name in FIELD_TITLES else {}
    return AID_FAULTS.build(code, field=name, value=value, terms=terms, most=most)
