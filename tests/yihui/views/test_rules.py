"""An officer reads on a rule's sheet all that its file says."""

from collections.abc import Iterator

import pytest

from rules import Rule, load_library
from yihui.runtime.language import load_language
from yihui.services.rules.rules import SHIPPED_RULES, read_library
from yihui.views.rules import plain_text, rule_lines

EVERYTHING = """\
id: everything
title: 样样都有
purpose: 核对家庭
basis: [{kind: document, document: 某工会〔2026〕1号, clause: 第三条}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
programme: {from: 2025-01-01, until: 2027-12-31}
on: application.confirmed
parameters:
  amount: {title: 面额, value: 20000, unit: fen, least: 10000, most: 30000}
  period: {title: 多久一次, value: rolling 400 days}
  size: {title: 名额数, value: 77, unit: 名}
among: event.programme == '疗养'
require: [{that: event.days >= 3, else: 天数不够, remedy: 多住几天}]
benefit:
  - {name: cash, kind: cash, title: 补贴, amount: {expression: event.amount_fen / 7, floor_fen: 12300, ceiling_fen: 45600, round: half_even, to_fen: 100}}
  - {name: card, kind: voucher, title: 体验卡, amount_fen: param.amount, uses: 6, quantity: 2, unit: 张, budget: cards,
     redeem_at: {kinds: [sanatorium], facilities: [water], access: [members], districts: ["370202"], stations: [qd-1]}}
  - {kind: cash, title: 分档, table: {rows: [{when: event.days > 9, amount_fen: 8800}], else: 没有档次, remedy: 看看别的}}
limit:
  - {times: 3, per: [member], every: param.period, shared: 疗养, where: event.days > 2}
  - {times: 1, per: [member.household], every: {from: 2026-02-01, until: 2026-03-01}}
allocate:
  mode: lottery
  quotas: {"370200": 100, "370300": param.size}
  every: calendar_year
  entries: {from: 2026-05-01, until: 2026-05-10}
  weight: event.days + 1
  groups: [{where: member.trade == '外卖员', places: 21}]
  waiting_list: true
depends:
  - {after: first-rule, state: used, within: P2M, else: 先用掉第一项, remedy: 去用}
  - {better_of: [third-rule], else: 已领更高, remedy: 不用再领}
budget: main-budget
claim: {within: P1Y2M}
expires: P2Y
clawback: [{on: member.left, within: P3W, share_percent: 55, text: 退会追回}]
grace: P45D
process: {programme: 疗养, attachments: 4, reviews: [基层工会, 县级工会], public_notice: {days: 8, counted: work_days}}
lower_levels: {may_set: [amount], may_require: true, may_top_up: {most_fen: 9900}}
"""
SAID = [
    "200 元", "100 元 … 300 元", "任意连续 400 天", "四舍六入五成双到 1 元", "至少 123 元", "至多 456 元", "可用 6 次", "2 张",
    "疗休养院", "饮水", "370202", "qd-1", "88 元", "3 次", "2026-02-01 … 2026-03-01", "177 个名额", "370300：77 (param.size)",
    "2026-05-01 … 2026-05-10", "预留 21 个名额", "候补名单", "先用过 first-rule", "2 个月", "third-rule", "“疗养”", "event.days > 2",
    "1 年 2 个月", "2 年", "member.left", "3 周", "55%", "45 天", "至少 4 份", "基层工会 → 县级工会", "8 个工作日", "99 元",
    "2025-01-01 … 2027-12-31", "cards", "main-budget", "第三条", "限工会会员",
]  # fmt: skip


def sheet(rule: Rule) -> str:
    return "\n".join(rule_lines(rule, load_language("zh")))


def test_every_key_is_shown_in_words() -> None:
    [rule] = load_library([("everything.yaml", EVERYTHING)]).rules
    text = sheet(rule)
    assert [part for part in SAID if part not in text] == []
    assert not (
        left := [text_ for text_ in texts(rule.definition.model_dump(by_alias=True)) if text_ not in text]
    ), left


def texts(value: object, key: str = "") -> Iterator[str]:
    """Every text of a rule that isn't one of the format's own words."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, key)
    elif isinstance(value, str) and key not in OWN_WORDS and not (key == "value" and " " in value):
        yield value


OWN_WORDS = {
    "kind", "unit", "every", "mode", "state", "counted", "round", "expires", "grace", "within",
    "kinds", "facilities", "access", "value",
}  # fmt: skip


@pytest.mark.parametrize("code", ["zh", pytest.param("en", marks=pytest.mark.endure)])
def test_every_shipped_rule_is_shown_whole(code: str) -> None:
    for rule in read_library([SHIPPED_RULES]).rules:
        text = "\n".join(rule_lines(rule, load_language(code)))
        said = texts(rule.definition.model_dump(by_alias=True, exclude_defaults=True))
        assert [part for part in said if part not in text] == [], rule.id
        assert "{" not in text and "差N" not in text


def test_a_clerk_reads_no_names_of_parameters_and_no_paths() -> None:
    event = "application.confirmed"
    shown = [
        plain_text(line, event, load_language("zh"))
        for line in ("2,000 元 (param.most): member.age >= 60", "适用对象：member.age >= 60", "用途：核对")
    ]
    assert shown[0].startswith("2,000 元: ") and shown[0].endswith("不少于 60")
    assert not any("member." in line or "param." in line for line in shown) and shown[1:] == [
        shown[0].replace("2,000 元: ", "适用对象："),
        "用途：核对",
    ]
