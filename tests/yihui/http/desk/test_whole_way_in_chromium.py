"""From a printed page to the auditor's proof: six officers, each at the keyboard alone, on a site that is no demo."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from benefits.tables.decisions import grants
from core.civil_time import civil_date
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.keyboard import Keyboard
from tests.yihui.http.riding import DESK, Visit
from tests.yihui.http.sending_programs import JINAN, event, issue_key
from tests.yihui.http.serving import serving, until
from tests.yihui.money.payouts.office import open_office
from tests.yihui.services.logging_in import CONSOLE, PASSWORD, VISIT, Installation
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.services.access.login import set_up_account
from yihui.services.access.officer_accounts import confirm_accounts
from yihui.services.access.officer_appointments import RequestedAppointment, add_officer, appoint_officer

pytestmark = [pytest.mark.always, pytest.mark.needs("chromium")]

AUTHOR, APPROVER, PREPARER, RELEASER, AGENT, AUDITOR = "wang", "zhao", "qian", "sun", "zhou", "wu"
ROLES = {
    AUTHOR: Role.RULE_AUTHOR,
    APPROVER: Role.RULE_APPROVER,
    PREPARER: Role.FINANCE_PREPARER,
    RELEASER: Role.FINANCE_RELEASER,
    AGENT: Role.HOTLINE_AGENT,
    AUDITOR: Role.AUDITOR,
}
MEMBER, TITLE, YUAN = "m-1", "安全培训补贴", "300"
PAYEES = f"会员代号,账号,户名\n{MEMBER},6222020200112230001,张一\n"
ACCOUNTS = "收款账号表（CSV、XLSX）"


@dataclass(frozen=True)
class Union:
    """A site with six officers whose accounts are two days old, a member, and a program that sends events."""

    address: str
    folder: Path
    desk: Installation
    key: str


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Union]:
    folder: Path = tmp_path_factory.mktemp("way")
    desk = Installation.open(str(folder / "yihui.db"), folder)
    add_officers(desk)
    desk.clock.now = datetime.now(UTC)
    named = (("370102", "历下区总工会"), ("370102001", "解放路街道工会"), (JINAN, "泉城物流工会"))
    acts = [event_of("organisation.founded", code, "2020-01-01", name=name) for code, name in named]
    facts = {"organisation": JINAN, "district": "370102", "trade": "外卖员", "joined_on": "2026-03-01"}
    acts.append(event_of("member.joined", MEMBER, "2026-03-01", **facts))
    with desk.wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    until_day = civil_date(desk.clock.now) + timedelta(days=30)
    key = issue_key(desk.wiring, "school", until=until_day, types=("course.completed",))
    with serving(folder, demo=False) as address:
        yield Union(address, folder, desk, key)
    desk.wiring.database.close()


def add_officers(desk: Installation) -> None:
    """The console founds two administrators and opens the accounts, which one of the two confirms.

    A new log-in counts as a second person after a day.
    """
    desk.clock.now = datetime.now(UTC) - timedelta(days=4)
    for name in ("gu", "he"):
        add_officer(desk.wiring, CONSOLE, name, "市总")
    appoint_officer(desk.wiring, CONSOLE, RequestedAppointment("he", Role.ADMINISTRATOR, "370000"))
    desk.clock.pass_time(days=2)
    held = Assignment(Role.ADMINISTRATOR, "370000", date(2026, 1, 1))
    administrator = Actor("he", "he", ActorKind.OFFICER, (held,), desk.clock.now)
    for officer, role in ROLES.items():
        code = add_officer(desk.wiring, CONSOLE, officer, "市总").setup.code
        appoint_officer(desk.wiring, CONSOLE, RequestedAppointment(officer, role, "370000"))
        desk.register_phone(set_up_account(desk.wiring, code, PASSWORD, VISIT).ticket, officer)
        confirm_accounts(desk.wiring, administrator, officer)


@dataclass
class Seat:
    """An officer who is logged in, at the keyboard."""

    visit: Visit
    keys: Keyboard

    def leave(self) -> None:
        assert self.visit.complaints == [] and self.visit.foreign == []
        self.visit.close()


def sit_down(browser: Browser, union: Union, officer: str) -> Seat:
    """Log in by keyboard: name, password, the code of the phone."""
    visit = Visit(browser, union.address, DESK)
    keys = Keyboard(visit.open("/desk"))
    keys.fill("登录名", officer)
    keys.fill("密码", PASSWORD)
    keys.keys.press("Enter")
    expect(visit.page.get_by_label("六位数字，或一个恢复码")).to_be_focused()
    keys.keys.type(pyotp.TOTP(union.desk.secrets[officer]).now())
    keys.keys.press("Enter")
    expect(visit.page.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    return Seat(visit, keys)


def done(seat: Seat, text: str) -> None:
    expect(seat.visit.page.get_by_role("status").first).to_contain_text(text)


def write_rule(seat: Seat, first: date) -> None:
    """Go through the printed page from its top (``printed_training_notice.txt``)."""
    keys, page = seat.keys, seat.visit.page
    keys.follow("规则")
    keys.skip()
    keys.follow("照通知写规则")
    keys.skip()
    keys.fill("名称（会员看到的）", TITLE)
    keys.fill("文件名称和文号", "示工办发〔2026〕12号")
    keys.fill("条款", "第一至五条")
    keys.fill_day("起始日期", f"{first}")
    keys.fill_day("截止日", f"{first + timedelta(days=60)}")
    keys.fill("读取个人信息的用途（读取时必填）", "核定补贴资格")
    keys.choose("什么事", "学完课程")
    expect(page.locator("#c0_fact option[value='event.score']")).to_be_attached()
    first_row, second_row = (page.get_by_role("group", name=f"条件{number}") for number in (1, 2))
    keys.choose("条件1", "工种")
    keys.fill("值", "快递员、外卖员", first_row)
    keys.choose("条件2", "得分")
    keys.choose("比较", "不小于、不早于", second_row)
    keys.fill("值", "60", second_row)
    keys.fill("每人多少元（人人相同时填）", YUAN)
    keys.choose("多久重新计次", "规则有效期")
    keys.fill("名额总数（不填则不限）", "500")
    keys.press("检查")
    expect(page.get_by_role("heading", name="规则说明")).to_be_visible()
    simulate_rule(seat)
    keys.tick("我已对照通知核对旁边的说明")
    keys.press("提交审批")
    done(seat, "已提交")


def simulate_rule(seat: Seat) -> None:
    """Begin a simulation in a tab of its own; the form with the rule stays open beside it."""
    with seat.visit.page.expect_popup() as opened:
        seat.keys.press("先试算（在新标签页）")
    page = opened.value
    page.get_by_role("button", name="在后台试算").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("所试算的文本")
    page.close()


def approve_rule(seat: Seat) -> None:
    keys = seat.keys
    keys.follow("规则")
    keys.skip()
    keys.choose("状态", "待批准")
    keys.press("筛选")
    keys.skip()
    keys.follow(TITLE)
    keys.skip()
    keys.follow_link(seat.visit.page.locator("main li", has_text="待批准").get_by_role("link"))
    keys.skip()
    keys.tick("我已读过规则和改动")
    keys.press("批准")
    done(seat, "版本已批准")


def send_event(union: Union, now: datetime) -> None:
    """Send what the school's program reports, with its key, and wait until the grant is there."""
    sent = event(
        "course.completed",
        MEMBER,
        source="/hr/jinan/school",
        time=now.isoformat(),
        data={"course": "安全", "score": 90},
    )
    headers = {"Authorization": f"Bearer {union.key}", "Content-Type": "application/json"}
    request = Request(f"{union.address}/api/v1/events", json.dumps([sent]).encode(), headers)
    with urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 202)
    until(lambda: has_grant(union))


def has_grant(union: Union) -> bool:
    with union.desk.wiring.database.read() as connection:
        return connection.execute(select(grants.c.id).where(grants.c.member_id == MEMBER)).first() is not None


def prepare_batch(seat: Seat, files: Path) -> None:
    keys = seat.keys
    keys.follow("资金")
    keys.skip()
    keys.follow("银行代发")
    keys.skip()
    keys.press("制单")
    keys.skip()
    keys.attach(ACCOUNTS, files / "payees.csv")
    keys.fill("付款事由（可不填）", "安全培训补贴")
    keys.press("先看结果")
    keys.skip()
    keys.press("制单")
    done(seat, "由另一位工作人员放行")


def release_batch(seat: Seat) -> str:
    """Release the batch and download the bank's file; return its text."""
    keys = seat.keys
    keys.follow("资金")
    keys.skip()
    keys.follow("银行代发")
    keys.skip()
    keys.follow("PB000001")
    keys.skip()
    keys.press(f"放行 1 人 · {YUAN} 元")
    done(seat, "批次已放行")
    keys.skip()
    return Path(keys.download("下载银行文件").path()).read_text("gb18030")


def take_return(seat: Seat, files: Path) -> None:
    keys = seat.keys
    keys.skip()
    keys.attach("银行回单文件", files / "return.csv")
    keys.press("先看结果")
    keys.skip()
    keys.press("入账")
    done(seat, "银行回单已入账")


def answer_member(seat: Seat) -> None:
    """The member calls: was it granted, and why? The case is answered from the ledger and closed in one call."""
    keys, page = seat.keys, seat.visit.page
    keys.follow("服务")
    keys.skip()
    keys.press("登记工单")
    keys.skip()
    keys.fill("用一句话说明事由", "培训补贴发了没有，凭什么发")
    keys.choose("类别", "待遇")
    keys.fill("受理热线", "370102")
    keys.fill("会员（可不填）", MEMBER)
    keys.press("登记工单")
    done(seat, "工单已登记")
    keys.skip()
    keys.press("“为什么我没有领到？”")
    keys.skip()
    expect(page.locator("main h2").first).to_contain_text(TITLE)
    keys.press("修改并预览，再发出")
    keys.skip()
    keys.press("先看结果")
    keys.skip()
    keys.press("按此答复并办结")
    done(seat, "已按核定结果答复并办结")
    expect(page.locator("main")).to_contain_text(TITLE)


def prove(seat: Seat) -> None:
    keys, page = seat.keys, seat.visit.page
    keys.follow("管理")
    keys.follow("审计")
    keys.skip()
    keys.follow("核验账本")
    keys.skip()
    keys.press("在后台核验")
    expect(page.get_by_role("heading", name="全部相符")).to_be_visible(timeout=60_000)


def test_a_printed_page_becomes_money_that_an_auditor_proves_by_keyboard_alone(
    browser: Browser, union: Union, tmp_path: Path
) -> None:
    open_office(union.desk.wiring)
    (tmp_path / "payees.csv").write_text(PAYEES, "utf-8")
    now = datetime.now(UTC)
    author = sit_down(browser, union, AUTHOR)
    write_rule(author, civil_date(now))
    author.leave()
    approver = sit_down(browser, union, APPROVER)
    approve_rule(approver)
    approver.leave()
    send_event(union, now)
    preparer = sit_down(browser, union, PREPARER)
    prepare_batch(preparer, tmp_path)
    releaser = sit_down(browser, union, RELEASER)
    bank_file = release_batch(releaser)
    releaser.leave()
    assert "张一" in bank_file and f"{YUAN}.00" in bank_file
    (tmp_path / "return.csv").write_text(
        f"附言,金额,状态,原因,日期\nPB000001-000001,{YUAN},成功,,{civil_date(now)}\n", "utf-8"
    )
    preparer.visit.page.reload()
    take_return(preparer, tmp_path)
    preparer.leave()
    agent = sit_down(browser, union, AGENT)
    answer_member(agent)
    agent.leave()
    auditor = sit_down(browser, union, AUDITOR)
    prove(auditor)
    auditor.leave()
