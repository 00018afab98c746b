"""The pages of mutual aid in a browser: readable by everybody with every form open, small, and by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from members.mutual_aid.claim import ClaimAct
from members.mutual_aid.policy import PolicyAct
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.readers import (
    FOR_EACH_READER,
    LAPTOP,
    Reader,
    planted_site,
    require_readable_pages,
)
from tests.yihui.http.desk.test_hardship_in_chromium import COUNTY, FIRST, SECOND
from tests.yihui.http.riding import NOW, Visit
from yihui.bootstrap import Settings, build_wiring
from yihui.services.mutual_aid.claims import ActOnClaim, WrittenClaim, send_back_claim, submit_claim
from yihui.services.mutual_aid.enrolments import enrol_members
from yihui.services.mutual_aid.intake import WrittenBill, WrittenPolicy
from yihui.services.mutual_aid.payment import approve_claim
from yihui.services.mutual_aid.policies import ActOnPolicy, approve_policy, write_policy

pytestmark = pytest.mark.needs("chromium")

PATHS = (
    "/desk/mutual-aid",
    "/desk/mutual-aid?state=refused",
    "/desk/mutual-aid/policies",
    "/desk/mutual-aid/policies/1",
    "/desk/mutual-aid/policies/2",
    "/desk/mutual-aid/policies/1/enrolments/m-1",
    "/desk/mutual-aid/claims/1",
    "/desk/mutual-aid/claims/2",
    "/desk/mutual-aid/claims/3",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with planted_site(folder, plant) as running:
        yield running


def plant(folder: Path) -> None:
    """Put a policy in force with an approved, a returned and a waiting claim; another policy is a draft."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    acts = [event_of("organisation.founded", COUNTY, "2020-01-01", name="历下区总工会")]
    acts += [
        event_of("member.imported", one, "2026-01-01", organisation=COUNTY, joined_on="2020-03-01")
        for one in ("m-1", "m-2")
    ]
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    bands = "1000-10000=50%; 10000-=60%"
    for year in ("2026", "2027"):
        terms = ("20", "0", "1000", bands, "8000", "10000", "职工医疗互助办法", "第九条")
        write_policy(wiring, FIRST, WrittenPolicy(COUNTY, year, "", "", *terms))
    approve_policy(wiring, SECOND, ActOnPolicy(1, PolicyAct.APPROVE))
    enrol_members(wiring, FIRST, ActOnPolicy(1, PolicyAct.ENROL), NOW.date().replace(month=2, day=1))
    for place in range(3):
        bill = WrittenBill("2026-03-01", "2026-03-10", "12000", "6000", "500", "5500", f"LX-2026-00{place}")
        submit_claim(wiring, FIRST, WrittenClaim(1, "m-1", bill))
    approve_claim(wiring, SECOND, ActOnClaim(1, ClaimAct.APPROVE))
    send_back_claim(wiring, SECOND, ActOnClaim(2, ClaimAct.SEND_BACK, None, "金额不清"))
    wiring.close()


@FOR_EACH_READER
def test_everybody_can_read_each_page_with_all_forms_open_and_it_is_small(
    browser: Browser, address: str, reader: Reader
) -> None:
    require_readable_pages(browser, address, reader, PATHS)


def test_a_claim_is_previewed_and_another_one_approved_by_keyboard_alone(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/mutual-aid/policies/1?lang=zh")
    page.locator("summary", has_text="申报一件").press("Enter")
    page.locator("#claim-member").fill("m-2")
    page.locator("#claim-admitted").fill("2026-03-01")
    page.locator("#claim-discharged").fill("2026-03-10")
    for name, yuan in (("total", "５５００"), ("self_paid", "5500")):
        page.locator(f"#claim-{name}").fill(yuan)
    page.locator("#claim-receipt").fill("LX-2026-9999")
    page.locator("button[value=preview]").press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("报销：2,250 元")
    expect(page.locator("#claim-total")).to_have_value("５５００")
    page = visit.open("/desk/mutual-aid/claims/3?lang=zh")
    page.locator("summary", has_text="核准").focus()
    page.keyboard.press("Enter")
    for _ in range(2):  # past the reason, to the tick
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("已核准")
    expect(page.locator("#proof")).to_contain_text("账上一致")
    visit.close()
