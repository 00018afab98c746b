"""Mutual aid on the officers' pages: policies, lists of members, claims, corrections, and what is refused."""

import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, acts_of
from tests.yihui.http.two_districts import FOREIGN, HERE, OWN, UNION, TwoDistricts
from tests.yihui.services.test_mutual_aid_enrolments import workbook
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of

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
    """The page of a policy that one officer wrote and another one approved."""
    written = site.send(POLICIES, POLICIES, CASE_WORKER, **POLICY, deductible_per="year")
    assert written.status_code == 303, text_of(written)
    page = written.headers["location"].partition("?")[0]
    shown = text_of(site.open(page, CASE_WORKER))
    assert "you wrote this policy" in shown and "deductible once a year 1,000 yuan" in shown
    assert site.send(page, f"{page}/acts", DEMO, act="approve").status_code == 303
    return page


def upload(site: Officers, policy: str, content: bytes, name: str) -> str:
    """Send a list of members; return the path of its preview."""
    fields = {"form_key": site.form_key(policy, CASE_WORKER), "on": "2026-05-01"}
    headers = {"x-actor": CASE_WORKER, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    files = {"file": (name, content)}
    sent = site.client.post(f"{policy}/lists", data=fields, files=files, headers=headers)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"]


def test_a_faulty_list_is_shown_by_row_and_enrols_nobody(site: Officers, policy: str) -> None:
    preview = upload(site, policy, f"id\n{OWN}\n{FOREIGN}\nm-nobody\n".encode(), "a.csv")
    shown = text_of(site.open(preview, CASE_WORKER))
    for told in ("faults: 2", "3 m-", "4 m-nobody was no member", "nobody was enrolled"):
        assert told in shown, shown
    key = site.form_key(policy, CASE_WORKER)
    assert site.post(f"{preview}/confirm", CASE_WORKER, form_key=key, checked="yes").status_code == 422
    assert "enrolled members 0" in text_of(site.open(policy, CASE_WORKER))


@pytest.fixture(scope="module")
def enrolment(site: Officers, policy: str) -> str:
    """The page of an enrolment from a list that was previewed, and confirmed by a double click."""
    content = workbook(("会员编号", "备注"), (OWN, "一班"))
    preview = upload(site, policy, content, "名单.xlsx")
    shown = text_of(site.open(preview, CASE_WORKER))
    assert "will be enrolled 1" in shown and OWN in shown
    key = site.form_key(preview, CASE_WORKER)
    for _ in range(2):
        done = site.post(f"{preview}/confirm", CASE_WORKER, form_key=key, checked="yes")
        assert done.headers["location"] == f"{policy}?done=enrolled"
    assert site.open(preview, CASE_WORKER).status_code == 404, "the list is deleted"
    page = f"{policy}/enrolments/{OWN}"
    assert f'href="{page}"' in site.open(policy, CASE_WORKER).text
    return page


def test_a_claim_is_previewed_submitted_approved_and_proven_and_its_enrolment_corrected(
    site: Officers, policy: str, enrolment: str, union: TwoDistricts
) -> None:
    preview = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM, step="preview")
    assert preview.status_code == 200 and "reimbursed: 2,250 yuan" in text_of(preview)
    assert 'value="5500"' in preview.text, "the form stays as filled in"
    assert "there are no such claims" in text_of(site.open(CLAIMS, CASE_WORKER))
    sent = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM)
    assert sent.status_code == 303, text_of(sent)
    claim = sent.headers["location"].partition("?")[0]
    assert "you submitted this claim" in text_of(site.open(claim, CASE_WORKER))
    done = site.send(claim, f"{claim}/acts", DEMO, act="approve")
    assert done.headers["location"] == f"{claim}?done=approve"
    page = site.open(claim, CASE_WORKER)
    for said in ("4,500 × 50 % 2,250", "the ledger agrees", "第九条", "…0123"):
        assert said in text_of(page), said
    assert "000123" not in page.text
    assert f'href="{claim}"' in site.open(enrolment, CASE_WORKER).text
    wrong = {"covered_from": "2026-05-01", "covered_until": "2026-06-30", "reason": "调出"}
    refused = site.send(enrolment, f"{enrolment}/correct", CASE_WORKER, **wrong)
    assert refused.status_code == 422 and 'value="2026-06-30"' in refused.text
    done = site.send(enrolment, f"{enrolment}/correct", CASE_WORKER, **wrong, takes_back="yes")
    assert done.headers["location"] == f"{enrolment}?done=proposed"
    assert site.send(enrolment, f"{enrolment}/decide", DEMO, act="maybe").status_code == 422
    done = site.send(enrolment, f"{enrolment}/decide", DEMO, act="confirm")
    assert done.headers["location"] == f"{enrolment}?done=corrected"
    shown = text_of(site.open(enrolment, CASE_WORKER))
    assert "covered until 2026-06-30" in shown and "调出" in shown and "reversed (claim" in shown
    assert any(act.endswith("policy_amend") for _, act in acts_of(union.wiring, policy.rpartition("/")[2]))


def test_a_refused_policy_keeps_what_was_typed(site: Officers) -> None:
    wrong = {"band-1-percent": "halb", "organisation": UNION}
    refused = site.send(POLICIES, POLICIES, CASE_WORKER, **{**POLICY, **wrong})
    assert refused.status_code == 422 and "band 2: an amount or the percentage" in text_of(refused)
    assert "10000-=halb" not in refused.text and 'value="halb"' in refused.text
    draft = site.send(POLICIES, POLICIES, CASE_WORKER, **{**POLICY, "organisation": UNION})
    page = draft.headers["location"].partition("?")[0]
    assert site.send(page, f"{page}/acts", CASE_WORKER, act="burn").status_code == 422
    gone = site.send(page, f"{page}/acts", CASE_WORKER, act="withdraw", reason="重写")
    assert gone.status_code == 303 and "withdrawn (policy)" in text_of(site.open(page, CASE_WORKER))
