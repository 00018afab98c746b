"""Officers' files of the demo, all made up: a rule, accounts, a bank's formats and answers, a merchant's invoice."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import xlsxwriter

OWN_RULE_ID, EXTRA_RULE_ID, MERCHANT, SURVEY, CAMPAIGN = (
    "autumn-tea",
    "reading-voucher",
    "bakery",
    "驿站满意度问卷",
    "示例读书节",
)
MERCHANT_NAME = "示例面包房"
LAST_CAST, FIRST_DRAWN, LAST_DRAWN = 15, 101, 485
COUNTY, COUNTY_RULE_ID, COUNTY_SURVEY = "370102", "lixia-reading", "历下读书问卷"
COUNTY_READERS = (110, 117, 118, 120)
SURVEYED = range(101, 121)
READERS = range(121, 126)
PAYEE_HEADER = ("会员代号", "账号", "户名")
_ENTRANTS = 300
_BOUNCED_EVERY = 7  # of the bank's answers
_MADE_AT = datetime(2026, 10, 3, 23, 10)  # noqa: DTZ001 a workbook's property has no zone

_RULE = """\
# 示例规则，没有文件依据。
id: {id}
title: {title}
basis:
  - {{kind: example, note: 面额和期限为示例，请按正式文件填写}}
owner: "{owner}"
in_force: {{from: 2026-10-01, until: 2026-12-31}}
on: {on}
among: {among}
require:
  - that: member.status in ['active', 'suspended']
    else: 没有在册会籍（未入会或已退会）
    remedy: 在“入会转会”页办理入会；已经入会的，请所在工会核对名册
  - that: member.status != 'suspended'
    else: 会籍已暂停
    remedy: 请向所在工会了解暂停的原因，申请恢复会籍
benefit: {{{benefit}, amount_fen: 2000}}
limit: {{times: 1, per: [member], every: calendar_year}}
budget: {id}
{ends}"""

OWN_RULE = _RULE.format(
    id=OWN_RULE_ID,
    title="秋日一杯茶",
    on="poll.completed",
    among=f"event.poll == '{SURVEY}'",
    owner="370000",
    benefit="kind: voucher, title: 茶饮券, unit: 张",
    ends="claim: {within: P14D}\nexpires: P60D\n",
)
EXTRA_RULE = _RULE.format(
    id=EXTRA_RULE_ID,
    title="读书券",
    on="campaign.entered",
    among=f"event.campaign == '{CAMPAIGN}'",
    owner="370000",
    benefit="kind: voucher, title: 读书券, unit: 张",
    ends="expires: P60D\n",
)
COUNTY_RULE = _RULE.format(
    id=COUNTY_RULE_ID,
    title="历下读书补贴",
    on="poll.completed",
    among=f"event.poll == '{COUNTY_SURVEY}'",
    owner=COUNTY,
    benefit="kind: cash, title: 读书补贴",
    ends="",
)

ADAPTATION = """\
# 示例：一个市把全省的规则改成自己的。
adapts: summer-cooling
owner: "370200"
title: 青岛夏送清凉
basis: [{kind: example, note: 示例，没有文件依据}]
in_force: {from: 2026-11-01}
set: {amount: 6000}
require:
  - {that: "member.trade != '办公室'", else: 仅限一线职工, remedy: 工种有误的，请所在工会更正}
top_up: {amount_fen: 3000, budget: qingdao-cooling}
"""

BANK = """\
# 示例：一家银行的代发文件和回单。
format: csv
encoding: gb18030
columns:
  - {title: 序号, value: line}
  - {title: 收款账号, value: account}
  - {title: 户名, value: name}
  - {title: 金额, value: amount}
  - {title: 币种, text: CNY}
  - {title: 附言, value: reference}
summary: last
summary_cells: "合计\\n{count}\\n\\n{amount}"
reference: 附言
amount: 金额
status: 状态
paid: 成功
failed: 失败、退汇
reason: 原因
on: 日期
"""

FEED = """\
# 示例：另一个应用的问卷记录。
feed: aigonghui
title: 示例应用
source: https://app.example/feed
format: jsonl
id: 流水号
about: {user: 用户.编号}
time: {from: 时间, format: iso}
kind: 业务
skip: [登录]
events:
  - when: 问卷
    type: poll.completed
    data: {poll: 详情.问卷名称, answers: 详情.答题数}
drop: [用户.姓名]
"""

CASES = """\
- case: 橙色预警，本区的快递员得50元饮品券
  rule: summer-cooling
  event: {type: weather.heat_warned, occurred_on: 2026-07-10, district: "370102", level: 橙色, temperature_c: 38}
  member: {status: active, organisation: "370102001", district: "370102", trade: 快递员}
  expect: {outcome: due, amount_fen: 5000, expires_on: 2026-08-09}
- case: 同一个月里第二次预警不再发
  rule: summer-cooling
  event: {type: weather.heat_warned, occurred_on: 2026-07-20, district: "370102", level: 橙色, temperature_c: 38}
  member: {status: active, organisation: "370102001", district: "370102", trade: 快递员}
  before: {granted: 1}
  expect: {outcome: refused, reasons: [limit-reached]}
"""


def format_member(number: int) -> str:
    """Return the pseudonym of a sample member."""
    return f"m-{number:06d}"


def list_payee_rows() -> list[tuple[str, ...]]:
    """Return a made-up account for every sample member."""
    numbers = (*range(1, LAST_CAST + 1), *range(FIRST_DRAWN, LAST_DRAWN + 1))
    return [(format_member(number), f"6200000000{number:09d}", f"示例会员{number:06d}") for number in numbers]


def list_feed_records() -> list[Mapping[str, object]]:
    """Return the records of another app: surveys of sample members, and a record that doesn't concern us."""
    records: list[Mapping[str, object]] = [
        {
            "流水号": f"Q{number:06d}",
            "时间": f"2026-10-02T{9 + number % 9:02d}:15:00+08:00",
            "业务": "问卷",
            "用户": {"编号": f"u{number}", "姓名": f"示例会员{number:06d}"},
            "详情": {"问卷名称": SURVEY, "答题数": 8},
        }
        for number in SURVEYED
    ]
    login = {
        "流水号": "L000001",
        "时间": "2026-10-02T08:00:00+08:00",
        "业务": "登录",
        "用户": {"编号": "u101"},
    }
    return [*records, login]


def list_feed_links() -> list[tuple[str, ...]]:
    """Return which of the app's users is which sample member."""
    return [("对方编号", "会员代号"), *((f"u{number}", format_member(number)) for number in SURVEYED)]


def list_campaign_events() -> list[dict[str, object]]:
    """Return events that only the rule in ``my-rules`` considers."""
    return [_build_event("campaign.entered", number, campaign=CAMPAIGN) for number in READERS]


def list_county_events() -> list[dict[str, object]]:
    """Return events that only the county's own rule considers."""
    return [_build_event("poll.completed", one, poll=COUNTY_SURVEY, answers=5) for one in COUNTY_READERS]


def _build_event(kind: str, member: int, **data: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"reading-{member}",
        "source": "/sample/campaigns",
        "type": kind,
        "subject": format_member(member),
        "time": "2026-10-03T10:00:00+08:00",
        "datacontenttype": "application/json",
        "data": data,
    }


def list_lottery_entries() -> list[tuple[str, ...]]:
    """Return the entries of a lottery: sample members, every fourth in the group 外卖员."""
    groups = ("外卖员", "", "", "")
    members = range(FIRST_DRAWN, FIRST_DRAWN + _ENTRANTS)
    return [("会员代号", "组别"), *((format_member(n), groups[n % len(groups)]) for n in members)]


def answer_orders(orders: bytes) -> bytes:
    """Return the bank's answer to a file of orders: every seventh account is closed, the others are paid."""
    text = orders.decode("gb18030")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["附言"]]
    answered: list[tuple[str, ...]] = [("附言", "金额", "状态", "原因", "日期")]
    for number, row in enumerate(rows, 1):
        failed = number % _BOUNCED_EVERY == 0
        state = ("退汇", "账户已销户") if failed else ("成功", "")
        answered.append((row["附言"], row["金额"], *state, "2026-10-03"))
    return render_csv(answered).encode("gb18030")


def list_invoice_rows(uses: Sequence[tuple[str, int, str]]) -> list[tuple[str, ...]]:
    """Return a merchant's invoice of redemptions (key, fen, day), with two slips: a line twice, a yuan too much."""
    key, fen, day = uses[0]
    invoiced = [(key, fen + 100, day), *uses[1:], uses[-1]]
    lines = [(key, f"{fen // 100}.{fen % 100:02d}", day) for key, fen, day in invoiced]
    return [("小票号", "金额（元）", "日期"), *lines]


def render_csv(rows: Iterable[Sequence[str]]) -> str:
    """Render rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def render_workbook(rows: Iterable[Sequence[str]], sheet: str) -> bytes:
    """Render rows of text as a workbook; the same rows give the same bytes."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": _MADE_AT})
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return content.getvalue()
