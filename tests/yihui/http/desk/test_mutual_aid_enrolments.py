"""Lists of members and corrections of enrolments on the officers' pages."""

import httpx
import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, DEMO, ORIGIN, Officers, acts_of, text_of
from tests.yihui.http.desk.test_mutual_aid import CLAIM, POLICIES, POLICY
from tests.yihui.http.two_districts import FOREIGN, OWN, TwoDistricts
from tests.yihui.services.test_mutual_aid_enrolments import workbook


@pytest.fixture(scope="module")
def policy(site: Officers) -> str:
    """The page of a policy in force without members."""
    written = site.send(POLICIES, POLICIES, CASE_WORKER, **POLICY, deductible_per="year")
    page = written.headers["location"].partition("?")[0]
    assert "deductible once a year 1,000 yuan" in text_of(site.open(page, CASE_WORKER))
    assert site.send(page, f"{page}/acts", DEMO, act="approve").status_code == 303
    return page


def upload(
    site: Officers, policy: str, content: bytes, name: str = "名单.csv", who: str = CASE_WORKER
) -> httpx.Response:
    fields = {"form_key": site.form_key(policy, who), "on": "2026-05-01"}
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    return site.client.post(
        f"{policy}/lists", data=fields, files={"file": (name, content)}, headers=headers
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (f"id\n{OWN}\n{FOREIGN}\nm-nobody\n".encode(), "a.csv", ("faults: 2", "3 m-", "4 m-nobody was no member")),
        (workbook(("会员编号",), formula='="m-"&1'), "a.xlsx", ("faults: 1", "computes values by formulas")),
        (f"id\n{OWN}\n".encode(), "a.exe", ("no table in xlsx or csv",)),
        (f"name\n{OWN}\n".encode(), "a.csv", ("the column 会员编号 is missing",)),
        (b"id\n", "a.csv", ("faults: 1",)),
    ],
)  # fmt: skip
def test_a_faulty_list_is_shown_by_row_and_enrols_nobody(
    site: Officers, policy: str, content: bytes, name: str, told: tuple[str, ...]
) -> None:
    sent = upload(site, policy, content, name)
    assert sent.status_code == 303, text_of(sent)
    preview = sent.headers["location"]
    shown = text_of(site.open(preview, CASE_WORKER))
    assert all(one in shown for one in (*told, "nobody was enrolled")), shown
    key = site.form_key(policy, CASE_WORKER)
    refused = site.post(f"{preview}/confirm", CASE_WORKER, form_key=key, checked="yes")
    assert refused.status_code == 422
    assert "enrolled members 0" in text_of(site.open(policy, CASE_WORKER))


def test_a_list_is_previewed_confirmed_once_and_the_enrolment_corrected(
    site: Officers, policy: str, union: TwoDistricts
) -> None:
    preview = upload(site, policy, workbook(("会员编号", "备注"), (OWN, "一班")), "名单.xlsx").headers[
        "location"
    ]
    assert site.open(preview, DEMO).status_code == 404, "another officer's file"
    shown = text_of(site.open(preview, CASE_WORKER))
    assert "will be enrolled 1" in shown and OWN in shown
    key = site.form_key(preview, CASE_WORKER)
    answers = [
        site.post(f"{preview}/confirm", CASE_WORKER, form_key=key, checked="yes").headers["location"]
        for _ in range(2)
    ]
    assert answers == [f"{policy}?done=enrolled"] * 2, "a double click enrols once"
    assert site.open(preview, CASE_WORKER).status_code == 404, "the list is deleted"
    claim = site.send(policy, f"{policy}/claims", CASE_WORKER, **CLAIM).headers["location"].partition("?")[0]
    assert site.send(claim, f"{claim}/acts", DEMO, act="approve").status_code == 303
    page = f"{policy}/enrolments/{OWN}"
    assert f'href="{page}"' in site.open(policy, CASE_WORKER).text
    assert f'href="{claim}"' in site.open(page, CASE_WORKER).text
    wrong = {"covered_from": "2026-05-01", "covered_until": "2026-06-30", "reason": "调出"}
    refused = site.send(page, f"{page}/correct", CASE_WORKER, **wrong)
    assert refused.status_code == 422 and "approved claims would be covered no more" in text_of(refused)
    assert 'value="2026-06-30"' in refused.text, "the form stays as filled in"
    done = site.send(page, f"{page}/correct", CASE_WORKER, **wrong, takes_back="yes")
    assert done.headers["location"] == f"{page}?done=proposed"
    decide = f"{page}/decide"
    own = site.send(page, decide, CASE_WORKER, act="confirm")
    assert own.status_code == 422 and "did the first step" in text_of(own)
    assert "waits for a second officer" in text_of(site.open(page, DEMO))
    assert site.send(page, decide, DEMO, act="maybe").status_code == 422
    done = site.send(page, decide, DEMO, act="confirm")
    assert done.headers["location"] == f"{page}?done=corrected"
    shown = text_of(site.open(page, CASE_WORKER))
    assert "covered until 2026-06-30" in shown and "调出" in shown and "reversed (claim" in shown
    assert any(act.endswith("policy_amend") for _, act in acts_of(union.wiring, policy.rpartition("/")[2]))
