"""Mutual aid on the officers' pages: policies, lists of members, claims, corrections, and what is refused."""

import re

import httpx
import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, send_files
from tests.yihui.http.two_districts import FOREIGN, HERE, OWN, TwoDistricts
from tests.yihui.services.test_mutual_aid_enrolments import workbook
from tools.servers.desk import DEMO, Officers, text_of

CLAIMS, POLICIES = "/desk/mutual-aid/claims", "/desk/mutual-aid/policies"
POLICY = {
    "organisation": HERE,
    "year": "2026",
    "contribution": "20",
    "deductible": "1000",
    "bands": "1000-10000=50%\n10000-=60 %",
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


def send_act(site: Officers, form: str, who: str = DEMO, **fields: str) -> str:
    """Send the form of an act; return the page that it leads to."""
    sent = site.send(form, form, who, **fields)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def upload(site: Officers, policy: str, content: bytes, name: str, **typed: str) -> httpx.Response:
    """Send a list of members for its preview."""
    fields = {
        "form_key": site.form_key(f"{policy}/enrol", CASE_WORKER),
        "on": "2026-05-01",
        "version": "2",
        "source": "list",
    }
    sent = {**fields, **typed, "step": "preview"}
    return send_files(site, f"{policy}/enrol", CASE_WORKER, {"members": (name, content)}, **sent)


@pytest.fixture(scope="module")
def policy(site: Officers) -> str:
    """The page of a policy that one officer wrote and another one approved."""
    page = send_act(site, f"{POLICIES}/write", CASE_WORKER, **POLICY, deductible_per="year")
    shown = text_of(site.open(page, CASE_WORKER))
    assert "you wrote this policy" in shown and "deductible once a year 1,000 yuan" in shown
    send_act(site, f"{page}/approve", DEMO, version="1")
    return page


@pytest.fixture(scope="module")
def enrolment(site: Officers, policy: str) -> str:
    """The page of an enrolment from a list that was previewed, and confirmed by a double click."""
    empty = upload(site, policy, b"", "a.csv")
    assert empty.status_code == 422 and "the list is empty" in text_of(empty), "not the whole roll"
    twice = upload(site, policy, f"id\n{OWN}\n".encode(), "a.csv", members=FOREIGN)
    assert twice.status_code == 422 and "the list was given twice" in text_of(twice)
    preview = upload(site, policy, workbook(("会员编号", "备注"), (OWN, "一班")), "名单.xlsx")
    assert preview.status_code == 200 and "1 member would be enrolled" in text_of(preview), text_of(preview)
    assert "enrolled members 0" in text_of(site.open(policy, CASE_WORKER))
    stored = re.search(r'name="members_upload" value="(\w+)"', preview.text)
    key = re.search(r'name="form_key" value="([^"]+)"', preview.text)
    (seen,) = re.findall(r'name="previewed" value="([\w.]+)"', preview.text)
    assert stored and key
    for _ in range(2):
        done = site.post(
            f"{policy}/enrol",
            CASE_WORKER,
            form_key=key[1],
            members_upload=stored[1],
            previewed=seen,
            source="list",
            on="2026-05-01",
            checked="yes",
            version="2",
        )
        assert done.headers.get("location") == f"{policy}?done=enrol", text_of(done)
    return f"/desk/mutual-aid/enrolments/{policy.rpartition('/')[2]}.{OWN}"


def test_a_claim_is_previewed_submitted_approved_and_proven_and_its_enrolment_corrected(
    site: Officers, policy: str, enrolment: str, union: TwoDistricts
) -> None:
    form = f"{policy}/submit"
    preview = site.send(form, form, CASE_WORKER, **CLAIM, step="preview", version="3")
    assert preview.status_code == 200 and "reimbursed 2,250 yuan" in text_of(preview)
    assert 'value="5500"' in preview.text, "the form stays as filled in"
    assert "there are no claims yet" in text_of(site.open(CLAIMS, CASE_WORKER))
    claim = send_act(site, form, CASE_WORKER, **CLAIM, version="3")
    assert "you submitted this claim" in text_of(site.open(claim, CASE_WORKER))
    assert "approve and pay 2,250 yuan" in text_of(site.open(claim))
    done = site.send(claim, f"{claim}/approve", DEMO, version="1")
    assert done.headers["location"] == f"{claim}?done=approve"
    page = site.open(claim, CASE_WORKER)
    for said in ("4,500 yuan 50 % 2,250", "the ledger agrees", "第九条", "…0123"):
        assert said in text_of(page), said
    assert "000123" not in page.text
    assert f'href="{claim}"' in site.open(enrolment, CASE_WORKER).text
    wrong = {"covered_from": "2026-05-01", "covered_until": "2026-06-30", "reason": "调出", "version": "3"}
    refused = site.send(f"{enrolment}/correct", f"{enrolment}/correct", CASE_WORKER, **wrong)
    assert refused.status_code == 422 and 'value="2026-06-30"' in refused.text
    send_act(site, f"{enrolment}/correct", CASE_WORKER, **wrong, take_back="yes")
    send_act(site, f"{enrolment}/confirm", DEMO, version="4", checked="yes")
    shown = text_of(site.open(enrolment, CASE_WORKER))
    assert "covered until 6/30/2026" in shown and "调出" in shown and "reversed" in shown
    assert any(act.endswith("policy_amend") for _, act in acts_of(union.wiring, policy.rpartition("/")[2]))
