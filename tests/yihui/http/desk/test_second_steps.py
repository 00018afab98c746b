"""What one officer began waits on the first page of another one, with a link, until it is decided."""

import re

import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, DEMO, Officers, text_of
from tests.yihui.http.desk.test_hardship import LIST, OPENED
from tests.yihui.http.desk.test_mutual_aid import CLAIM, CLAIMS, POLICIES, POLICY
from tests.yihui.http.two_districts import OWN, THERE, TwoDistricts
from yihui.services.ledger.ledger import set_budget_amount

RELEASER, ENDED = "finance_releaser/ancestor", "case_worker/ended"


def count(site: Officers, words: str, who: str) -> int | None:
    """Return how much of a kind waits on an officer's first page; 0 if none, None if the kind isn't named."""
    page = text_of(site.open("/desk", who))
    found = re.search(rf"(\d+) {words}", page)
    return int(found[1]) if found else 0 if words in page else None


def test_a_raised_budget_waits_for_who_may_confirm_it(site: Officers, union: TwoDistricts) -> None:
    words = "acts that colleagues proposed to you"
    assert count(site, words, RELEASER) == 0
    for yuan, by in (("1000", "wang"), ("2000", "wang"), ("3000", "li.min")):
        set_budget_amount(union.wiring, "cakes" if by == "wang" else "tea", yuan, by, "追加")
    set_budget_amount(union.wiring, "tea", "4000", "li.min", "追加")
    assert count(site, words, RELEASER) == 1, "an own proposal doesn't wait for its officer"
    assert 'href="/desk/approvals"' in site.open("/desk", RELEASER).text
    assert count(site, words, DEMO) == 2
    assert count(site, words, "finance_releaser/inside") == 0, "a budget serves rules of every owner"
    assert count(site, words, CASE_WORKER) is None


def test_policies_claims_and_corrections_of_mutual_aid_wait_for_another_officer(site: Officers) -> None:
    policies, claims = "policies of mutual aid to approve", "claims of mutual aid to review"
    corrections = "corrections of enrolments to confirm"
    written = site.send(POLICIES, POLICIES, CASE_WORKER, **POLICY)
    page = written.headers["location"].partition("?")[0]
    assert [count(site, policies, who) for who in (CASE_WORKER, DEMO)] == [0, 1]
    assert site.send(page, f"{page}/acts", DEMO, act="approve").status_code == 303
    assert count(site, policies, DEMO) == 0
    elsewhere = site.send(POLICIES, POLICIES, DEMO, **{**POLICY, "organisation": THERE})
    assert elsewhere.status_code == 303, text_of(elsewhere)
    assert [count(site, policies, who) for who in (CASE_WORKER, "case_worker/ancestor")] == [0, 1]
    listed = {"source": "list", "on": "2026-05-01", "members": OWN}
    assert site.send(page, f"{page}/enrolments", CASE_WORKER, **listed).status_code == 303
    claim = site.send(page, f"{page}/claims", CASE_WORKER, **CLAIM).headers["location"].partition("?")[0]
    assert [count(site, claims, who) for who in (CASE_WORKER, DEMO)] == [0, 1]
    assert f'href="{CLAIMS}?state=submitted"' in site.open("/desk").text
    assert site.send(claim, f"{claim}/acts", DEMO, act="approve").status_code == 303
    assert count(site, claims, DEMO) == 0
    enrolment = f"{page}/enrolments/{OWN}"
    correction = {"covered_from": "2026-05-01", "covered_until": "2026-06-30", "takes_back": "yes"}
    sent = site.send(enrolment, f"{enrolment}/correct", DEMO, **correction, reason="调出")
    assert sent.headers["location"] == f"{enrolment}?done=proposed"
    assert [count(site, corrections, who) for who in (CASE_WORKER, DEMO, ENDED)] == [1, 0, None]
    for shown in (page, "/desk/approvals"):
        assert f'href="{enrolment}"' in site.open(shown, CASE_WORKER).text, shown
    assert f'href="{enrolment}"' not in site.open("/desk/approvals", RELEASER).text
    assert 'value="confirm"' in site.open(enrolment, CASE_WORKER).text
    own = site.open(enrolment, DEMO).text
    assert 'value="confirm"' not in own and 'value="refuse"' in own
    decided = site.send(enrolment, f"{enrolment}/decide", CASE_WORKER, act="confirm")
    assert decided.status_code == 303, text_of(decided)
    assert count(site, corrections, CASE_WORKER) == 0


@pytest.mark.parametrize("decision", ["release", "end"])
def test_a_planned_visit_waits_for_another_officer(site: Officers, decision: str) -> None:
    words, household = "visits whose money waits for release", {**OPENED, "member-1": OWN}
    opened = site.send(LIST, LIST, CASE_WORKER, **household)
    assert opened.status_code == 303, text_of(opened)
    page = opened.headers["location"].partition("?")[0]
    review = {"act": "review", "level": "深度困难", "reason": "已核对"}
    assert site.send(page, f"{page}/acts", DEMO, **review).status_code == 303
    visit = {"member": OWN, "on": "2026-10-03", "yuan": "500", "purpose": "国庆慰问"}
    assert site.send(page, f"{page}/visits", CASE_WORKER, **visit).status_code == 303
    assert [count(site, words, who) for who in (CASE_WORKER, DEMO, ENDED)] == [0, 1, None]
    listed = f"{LIST}?only=visits"
    assert f'href="{listed}"' in site.open("/desk").text
    assert f'href="{page}"' in site.open(listed).text
    done = site.send(page, f"{page}/visits/1", DEMO, step=decision, reason="已核对")
    assert done.status_code == 303, text_of(done)
    assert count(site, words, DEMO) == 0 and f'href="{page}"' not in site.open(listed).text
    if decision == "release":
        assert site.send(page, f"{page}/visits/1", DEMO, step="end", reason="家中无人").status_code == 303
    closed = site.send(page, f"{page}/acts", CASE_WORKER, act="close", reason="已脱困")
    assert closed.status_code == 303, text_of(closed)
