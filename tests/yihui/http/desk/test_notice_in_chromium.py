"""A new officer writes a rule from a printed notice, and a second one approves it: in a browser, counted."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.access.officers import appoint
from tests.yihui.http.riding import DESK, Visit
from tests.yihui.http.serving import serving
from tests.yihui.services.logging_in import PASSWORD, Installation
from yihui.access.roles import Role
from yihui.services.rules.desk import list_all_versions

pytestmark = pytest.mark.needs("chromium")

NOTICE = Path(__file__).with_name("printed_notice.txt")
MOST_STEPS = 60
AUTHOR, APPROVER = "wang", "zhao"


@dataclass(frozen=True)
class Place:
    address: str
    desk: Installation


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("notice")
    desk = Installation.open(str(folder / "yihui.db"), folder)
    desk.clock.now = datetime.now(UTC)
    for officer, role in ((AUTHOR, Role.RULE_AUTHOR), (APPROVER, Role.RULE_APPROVER)):
        desk.enrol(officer)
        with desk.wiring.database.write() as connection:
            appoint(connection, officer, role, "370000")
    with serving(folder) as address:
        yield Place(address, desk)
    desk.wiring.database.close()


@dataclass
class Counted:
    """A page on which each field filled in and each click counts."""

    page: Page
    steps: list[str] = field(default_factory=list)

    def fill(self, label: str, value: str) -> None:
        self.steps.append(label)
        self.page.get_by_label(label, exact=True).first.fill(value)

    def choose(self, label: str, option: str, nth: int = 0) -> None:
        self.steps.append(label)
        self.page.get_by_label(label, exact=True).nth(nth).select_option(label=option)

    def open(self, summary: str) -> None:
        self.steps.append(summary)
        self.page.locator("summary", has_text=summary).first.click()

    def press(self, name: str) -> None:
        self.steps.append(name)
        self.page.get_by_role("button", name=name, exact=True).click()

    def tick(self, label: str) -> None:
        self.steps.append(label)
        self.page.get_by_label(label, exact=True).check()


def log_in(visit: Visit, place: Place, officer: str) -> Page:
    page = visit.open("/desk/login")
    page.get_by_label("登录名").fill(officer)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    code = pyotp.TOTP(place.desk.secrets[officer]).at(datetime.now(UTC), counter_offset=1)
    page.get_by_label("六位数字，或一个恢复码").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    return page


def photograph(page: Page, name: str) -> None:
    """Take a picture to look at, where TEST_PICTURES names a folder."""
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def write_from_notice(page: Page) -> list[str]:
    """Go through the notice from its top, as the officer who reads it does; return each field and click."""
    told = NOTICE.read_text("utf-8")
    table = [
        line.split() for line in told.splitlines() if line.rstrip().endswith("元") and "    " in line.strip()
    ]
    do = Counted(page)
    page.get_by_role("link", name="规则", exact=True).click()
    do.steps.append("规则")
    page.get_by_role("link", name="照通知写规则").click()
    do.steps.append("照通知写规则")
    do.fill("名称（会员看到的）", "困难职工冬季温暖补贴")
    do.fill("文件名称和文号", "示工办发〔2026〕8号")
    do.fill("条款", "第二至六条")
    do.fill("起始日期", "2026-12-01")
    do.fill("截止日", "2027-02-28")
    do.fill("读取个人信息的用途（读取时必填）", "核定补贴档次")
    with page.expect_response("**/form/check"):
        do.choose("什么事", "申请最终确认")
    expect(page.locator("#c0_fact option[value='event.days']")).to_be_attached()
    for row, (fact, comparison, value) in enumerate(
        (
            ("入会日期", "不大于、不晚于", "2026年6月30日"),
            ("工种", "是（其中之一）", "快递员、外卖员、环卫工、建筑工"),
        )
    ):
        do.steps += [fact, comparison, value]
        page.locator(f"#c{row}_fact").select_option(label=fact)
        page.locator(f"#c{row}_comparison").select_option(label=comparison)
        page.locator(f"#c{row}_value").fill(value)
    do.choose("金额", "按表")
    do.open("金额表")
    do.choose("第一列", "档案中的困难等级")
    do.fill("表格：从 Excel 粘贴或直接写，一行一档，金额在最后", "\n".join("\t".join(row) for row in table))
    do.choose("多久重新计次", "规则有效期")
    do.fill("名额总数（不填则不限）", "1000")
    do.fill("几天内申领", "90")
    do.open("适用的标准上限")
    do.tick("会员婚育、住院慰问标准")
    do.open("申请怎样办理")
    do.fill("申请表上的项目名称", "冬季温暖补贴")
    do.fill("至少几份附件", "1")
    do.fill("哪几级审核（按先后，用“、”隔开）", "基层工会、县级工会")
    do.fill("公示几个工作日", "5")
    do.press("检查")
    expect(page.get_by_role("heading", name="规则说明")).to_be_visible()
    photograph(page, "rule-from-notice")
    do.tick("我已对照通知核对旁边的说明")
    do.press("提交审批")
    expect(page.get_by_role("status")).to_contain_text("已提交")
    return do.steps


def test_a_printed_notice_becomes_an_approved_rule(browser: Browser, place: Place) -> None:
    author = Visit(browser, place.address, DESK)
    steps = write_from_notice(log_in(author, place, AUTHOR))
    author.close()
    approver = Visit(browser, place.address, DESK)
    page = log_in(approver, place, APPROVER)
    page.get_by_role("link", name="规则", exact=True).click()
    page.get_by_label("状态").select_option(value="submitted")
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("link", name="困难职工冬季温暖补贴").click()
    page.locator("a", has_text="2026-12-01").or_(page.locator("main ul.plain a")).first.click()
    expect(page.get_by_role("heading", name="规则说明")).to_be_visible()  # also of a rule that names a cap
    page.get_by_label("我已读过规则和改动").check()
    photograph(page, "rule-to-approve")
    page.get_by_role("button", name="批准", exact=True).click()
    expect(page.get_by_role("status")).to_be_visible()
    steps += ["规则", "状态", "筛选", "规则", "版本", "已读", "批准"]
    approver.close()
    found = [one for one in list_all_versions(place.desk.wiring) if one.title == "困难职工冬季温暖补贴"]
    assert [one.state for one in found] == ["coming"], "it is approved, and begins with December"
    rule = found[0].text
    for written in (
        "member.hardship_level in ['深度困难', '意外致困']",
        "amount_fen: 100000",
        "amount_fen: 50000",
        "quota: 1000",
        "within: P90D",
        "member.joined_on <= date('2026-06-30')",
        "condolence",
    ):
        assert written in rule, rule
    assert len(steps) <= MOST_STEPS, (len(steps), steps)
