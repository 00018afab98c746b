"""Mutual aid on the officers' pages: from a policy to a claim that is proven, and what is refused."""

import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, DEMO, Officers, acts_of, text_of
from tests.yihui.http.two_districts import HERE, OWN, THERE, UNION, TwoDistricts

CLAIMS, POLICIES = "/desk/mutual-aid", "/desk/mutual-aid/policies"
POLICY = {
    "organisation": HERE,
    "year": "2026",
    "contribution": "20",
    "deductible": "1000",
    "band-0-from": "1000",
    "band-0-to": "10000",
    "band-0-percent": "50",
    "band-1-from": "10000",
    "band-1-percent": "60 %",
    "claim_cap": "8000",
    "year_cap": "10000",
    "document": "职工医疗互助办法",
    "clause": "第九条",
}
CLAIM = {
    "member": OWN,
    "admitted_on": "2026-09-01",
    "discharged_on": "2026-09-12",
    "total": "12000",
    "insurance": "6000",
    "other": "500",
    "self_paid": "5500",
    "receipt": "LX-2026-000123",
}


@pytest.fixture(scope="module")
def policy(site: Officers) -> str:
    """The page of a policy that one officer wrote and another one approved, with its members."""
    written = site.send(POLICIES, POLICIES, CASE_WORKER, **POLICY)
    assert written.status_code == 303, text_of(written)
    page = written.headers["location"].partition("?")[0]
    assert "you wrote this policy" in text_of(site.open(page, CASE_WORKER))
    own = site.send(page, f"{page}/acts", CASE_WORKER, act="approve")
    assert own.status_code == 422 and "can't do the second" in text_of(own)
    assert site.send(page, f"{page}/acts", DEMO, act="approve").status_code == 303
    enrolled = site.send(
        page, f"{page}/enrolments", CASE_WORKER, source="list", on="2026-05-01", members=f"{OWN}\n"
    )
    assert enrolled.status_code == 303, text_of(enrolled)
    return page


def test_a_claim_is_previewed_submitted_approved_and_proven(
    site: Officers, policy: str, union: TwoDistricts
) -> None:
    preview = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM, step="preview")
    assert preview.status_code == 200 and "reimbursed: 2,250 yuan" in text_of(preview)
    assert 'value="5500"' in preview.text, "the form stays as filled in"
    assert "there are no such claims" in text_of(site.open(CLAIMS, CASE_WORKER))
    sent = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM)
    assert sent.status_code == 303, text_of(sent)
    claim = sent.headers["location"].partition("?")[0]
    own = site.send(claim, f"{claim}/acts", CASE_WORKER, act="approve")
    assert own.status_code == 422 and "can't do the second" in text_of(own)
    assert "you submitted this claim" in text_of(site.open(claim, CASE_WORKER))
    done = site.send(claim, f"{claim}/acts", DEMO, act="approve")
    assert done.headers["location"] == f"{claim}?done=approve"
    shown = text_of(site.open(claim, CASE_WORKER))
    for said in (
        "4,500 × 50 % 2,250",
        "the ledger agrees",
        "promised: “职工医疗互助报销”",
        "第九条",
        "…0123",
    ):
        assert said in shown, said
    assert "000123" not in site.open(claim, CASE_WORKER).text
    again = site.send(claim, f"{claim}/acts", DEMO, act="refuse", reason="重复")
    assert again.status_code == 409 and "approved (claim of mutual aid)" in text_of(again)
    twice = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM)
    assert twice.status_code == 409 and "submitted already" in text_of(twice)
    number = claim.rpartition("/")[2]
    assert ("li.min", "hardship.read") in acts_of(union.wiring, number)
    reversed_ = site.send(claim, f"{claim}/acts", CASE_WORKER, act="reverse", reason="单据有误")
    assert reversed_.status_code == 303, text_of(reversed_)
    assert "0 yuan stay out of the budget" in text_of(site.open(claim, CASE_WORKER))


def test_a_refused_policy_says_every_fault_and_keeps_what_was_typed(site: Officers) -> None:
    wrong = {**POLICY, "band-1-from": "9000", "year": "26"}
    refused = site.send(POLICIES, POLICIES, CASE_WORKER, **wrong)
    assert refused.status_code == 422 and "no year of a policy" in text_of(refused)
    assert "band 2 begins at 9,000 yuan" in text_of(refused) and 'value="9000"' in refused.text
    unreadable = site.send(POLICIES, POLICIES, CASE_WORKER, **{**POLICY, "band-1-percent": "halb"})
    assert unreadable.status_code == 422 and "band 2: an amount or the percentage" in text_of(unreadable)
    assert "10000-=halb" not in unreadable.text and 'value="halb"' in unreadable.text
    elsewhere = site.send(POLICIES, POLICIES, CASE_WORKER, **{**POLICY, "organisation": THERE})
    assert elsewhere.status_code == 403
    draft = site.send(POLICIES, POLICIES, CASE_WORKER, **{**POLICY, "organisation": UNION})
    page = draft.headers["location"].partition("?")[0]
    assert site.send(page, f"{page}/acts", CASE_WORKER, act="burn").status_code == 422
    gone = site.send(page, f"{page}/acts", CASE_WORKER, act="withdraw", reason="重写")
    assert gone.status_code == 303 and "withdrawn (policy)" in text_of(site.open(page, CASE_WORKER))
