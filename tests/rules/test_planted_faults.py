"""Every fault planted into a sound rule, or between rules, is found at its line and by its name; sound rules have none."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from core.faults import Fault
from rules import lint_rule_files, load_library
from tests.rules.terms import render_texts

Files = list[tuple[str, str]]

CAP = """\
cap: prize
title: 奖励标准
per: grant
amounts:
  - {from: 2020-01-01, amount_fen: 200000, basis: {kind: document, document: 某工会〔2020〕1号, clause: 第七条}}
"""
YEARLY = """\
cap: festival
title: 节日慰问年度标准
per: member_and_year
amounts:
  - {from: 2020-01-01, amount_fen: 160000, basis: {kind: document, document: 某工会〔2020〕2号, clause: 第三条}}
"""
SKILL = """\
id: skill-award
title: 技能提升奖励
purpose: 核对年龄
basis: [{kind: reported, source: 某报}]
owner: "370200"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: member.skill_certified
among: event.level in ['高级工', '技师', '高级技师']
require:
  - that: member.status == 'active'
    else: 会籍已暂停
    remedy: 请向所在工会了解暂停的原因，申请恢复会籍
  - that: age(member.birthday, event.occurred_on) < 60
    else: 已满60岁
    remedy: 请咨询所在工会
  - that: event.certified_on >= date('2024-01-01') and event.certified_on <= date('2026-12-31')
    else: 证书日期不符
    remedy: 核对证书上的发证日期
benefit:
  kind: voucher
  title: 技能奖励金
  table:
    rows:
      - {when: "event.level == '高级工'", amount_fen: 100000}
      - {when: "event.level == '技师'", amount_fen: 150000}
      - {when: "event.level == '高级技师'", amount_fen: 200000}
    else: 等级不在奖励范围
    remedy: 核对证书等级
limit: {times: 1, per: [member, event.level], every: programme_period}
allocate: {mode: first_come, quota: 100}
budget: skills
claim: {within: P30D}
expires: P90D
caps: [prize]
"""
COURSE = """\
id: course-prize
title: 网上练兵奖励
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: course.completed
require:
  - {that: event.course == '网上练兵', else: 不是网上练兵, remedy: 选择网上练兵课程}
  - {that: event.score >= 60, else: 成绩未达60分, remedy: 可以重考}
benefit:
  kind: item
  title: 学习用品
  unit: 份
  table:
    rows:
      - {when: event.score >= 90, amount_fen: 3000}
      - {when: event.score >= 80 and event.score < 90, amount_fen: 2000}
      - {when: event.score < 80, amount_fen: 1000}
    else: 成绩不在奖励范围
    remedy: 可以重考
limit: {times: 2, per: [member], every: calendar_year}
caps: [festival]
"""
AID = """\
id: aid-claim
title: 医疗互助金
purpose: 核算互助金
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: application.confirmed
parameters:
  share: {title: 比例, value: 3, least: 1, most: 5}
among: event.programme == '医疗互助'
require:
  - {that: event.amount_fen > 0 and event.days > 0, else: 没有自付费用, remedy: 核对票据}
benefit:
  - name: aid
    kind: cash
    amount: {expression: "event.amount_fen * param.share / 100", ceiling_fen: 150000, round: half_up, to_fen: 100}
  - name: care
    kind: cash
    amount: {expression: "event.amount_fen / event.days", ceiling_fen: 50000, round: down}
limit: {times: 1, per: [member], every: calendar_year}
caps: [prize]
"""
GRADED = """\
id: graded
title: 分档慰问
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: course.completed
require:
  - {that: event.score >= 0 and event.score <= 100, else: 成绩有误, remedy: 核对成绩}
benefit: {kind: cash, table: {file: tables/graded.json, else: 成绩不在范围, remedy: 可以重考}}
limit: {times: 1, per: [member], every: calendar_year}
caps: [prize]
"""
TABLE = """\
{"nodes": [
  {"id": "in", "type": "inputNode", "name": "in"},
  {"id": "t", "type": "decisionTableNode", "name": "t", "content": {"hitPolicy": "first",
    "inputs": [{"id": "s", "name": "成绩", "field": "event.score"}],
    "outputs": [{"id": "a", "name": "金额", "field": "amount_fen"}],
    "rules": [
      {"_id": "1", "s": ">= 90", "a": "9000"},
      {"_id": "2", "s": "[60..90)", "a": "6000"},
      {"_id": "3", "s": "< 60", "a": "event.score * 10 + 1"}
    ]}},
  {"id": "out", "type": "outputNode", "name": "out"}],
 "edges": []}
"""
SOUND: Files = [
    ("aid.yaml", AID), ("cap.yaml", CAP), ("course.yaml", COURSE), ("graded.yaml", GRADED), ("skill.yaml", SKILL),
    ("tables/graded.json", TABLE), ("yearly.yaml", YEARLY),
]  # fmt: skip
BUDGETS = {"skills": 20_000_000}


@dataclass(frozen=True)
class Planted:
    """What is written in place of what, and where which fault is then found."""

    old: str
    new: str
    code: str
    at: str  # what stands on the line
    file: str


def skill(old: str, new: str, code: str, at: str | None = None, file: str = "skill.yaml") -> Planted:
    return Planted(old, new, code, new if at is None else at, file)


course = partial(skill, file="course.yaml")
aid = partial(skill, file="aid.yaml")
table = partial(skill, file="tables/graded.json")


PLANTED = [
    # conditions that never hold, or always do
    skill("event.certified_on >= date('2024-01-01') and", "event.certified_on > date('2026-12-31') and", "never-holds"),
    skill("event.certified_on >= date('2024-01-01') and", "event.certified_on >= date('2024-01-01') or", "never-false"),
    skill("age(member.birthday, event.occurred_on) < 60",
          "event.occurred_on >= date('2027-01-01')", "never-holds"),  # after the rule
    skill("age(member.birthday, event.occurred_on) < 60",
          "age(member.birthday, event.occurred_on) < 60 and age(member.birthday, event.occurred_on) >= 60", "never-holds"),
    course("event.score >= 60,", "event.score * 3 > 100 and event.score < 34,", "never-holds"),
    # requirements that contradict each other
    skill("age(member.birthday, event.occurred_on) < 60", "event.level == '初级工'", "contradiction"),
    skill("age(member.birthday, event.occurred_on) < 60", "member.status != 'active'", "contradiction"),
    course("event.course == '网上练兵'", "event.score < 60", "contradiction", "event.score >= 60, else"),
    # table rows
    course("event.score >= 80 and event.score < 90", "event.score >= 95", "unreachable-row"),
    course("event.score < 80, amount", "event.score < 60, amount", "unreachable-row"),
    skill("event.level == '技师'\"", "event.level == '高级工'\"", "unreachable-row", "'高级工'\", amount_fen: 150000"),
    course("event.score >= 90, amount", "event.score >= 70, amount", "unreachable-row", "event.score >= 80 and"),
    course("event.score < 80, amount", "event.score < 85, amount", "overlapping-rows"),
    skill("event.level == '高级工'\"", "event.level != '技师' and member.skill_level == '技师'\"", "overlapping-rows",
          "'高级技师'\", amount"),
    course("event.score < 80, amount", "event.score < 79, amount", "table-gap"),
    course("event.score >= 90, amount", "event.score > 90, amount", "table-gap", "event.score < 80, amount"),
    skill("      - {when: \"event.level == '技师'\", amount_fen: 150000}\n", "", "table-gap", "event.level == '高级技师'"),
    # caps and budgets
    skill("amount_fen: 200000", "amount_fen: 200001", "over-cap"),
    course("times: 2,", "times: 60,", "over-yearly-cap"),
    course("every: calendar_year", "every: rolling 5 days", "over-yearly-cap"),
    course("amount_fen: 3000", "amount_fen: 160001", "over-cap"),
    skill("caps: [prize]", "caps: [prices]", "unknown-cap"),
    skill("quota: 100", "quota: 101", "over-budget"),
    skill("quota: 100", "quota: 40, every: calendar_year", "over-budget"),
    aid("ceiling_fen: 150000", "ceiling_fen: 200100", "over-cap"),
    aid("ceiling_fen: 150000, ", "", "over-cap", "param.share / 100"),
    aid("ceiling_fen: 50000", "ceiling_fen: 60000", "over-cap", "- name: aid"),  # both parts together
    aid(', ceiling_fen: 50000, round: down}\nlimit: {times: 1, per: [member], every: calendar_year}\ncaps: [prize]\n',
        ", round: down}\nlimit: {times: 1, per: [member], every: calendar_year}\n", "unbounded-amount", "/ event.days\","),
    aid("event.days > 0", "event.days > -1", "cannot-evaluate", "/ event.days"),
    table('"9000"', '"200001"', "over-cap"),
    table("event.score * 10 + 1", "event.score * 10000 / 2", "over-cap"),
    # decision tables in files of their own
    table(">= 90", "> 90", "table-gap", '"_id": "3"'),
    table(">= 90", ">= 80", "overlapping-rows", '"_id": "2"'),
    table("[60..90)", ">= 95", "unreachable-row"),
    table("< 60", "< 0", "unreachable-row"),
    table("event.score", "event.scores", "unknown-fact", '"_id": "1"'),
    # limits that can be got round
    skill("per: [member, event.level]", "per: [member, member.organisation]", "dodged-limit"),
    skill("per: [member, event.level]", "per: [member, member.joined_on]", "dodged-limit"),
    course("limit: {times: 2, per: [member], every: calendar_year}\n", "", "no-limit", "benefit:"),
    # what is missing
    skill("    remedy: 请咨询所在工会\n", "", "no-remedy", "that: age("),
    skill("    remedy: 核对证书等级\n", "", "no-remedy", "rows:"),
    skill("else: 已满60岁", "else: too old", "not-chinese"),
    skill("title: 技能提升奖励", "title: Skill award", "not-chinese"),
    skill("purpose: 核对年龄\n", "", "no-purpose", "age(member.birthday"),
    # times
    skill("kind: voucher", "kind: cash", "cash-expires", "expires: P90D"),
    skill("expires: P90D", "expires: P29D", "expires-before-claim"),
    skill("claim: {within: P30D}\nexpires: P90D", "claim: {within: P30D}\nexpires: P1M", "expires-before-claim", "expires: P1M"),
]  # fmt: skip


def line_of(text: str, words: str) -> int:
    assert words in text, words
    return text[: text.index(words)].count("\n") + 1


def edited(planted: Planted) -> tuple[Files, int]:
    """The faulty file with what it refers to, and the fault's line."""
    (sound,) = [text for name, text in SOUND if name == planted.file]
    assert planted.old in sound, planted.old
    text = sound.replace(planted.old, planted.new, 1)
    near = {planted.file, "cap.yaml", "yearly.yaml", *(["graded.yaml"] if "graded" in planted.file else [])}
    files = [(name, text if name == planted.file else other) for name, other in SOUND if name in near]
    return files, line_of(text, planted.at)


def codes(findings: Sequence[Fault]) -> list[tuple[str, int, str]]:
    return [(finding.file, finding.row, finding.short_code) for finding in findings]


def test_the_sound_rules_have_no_findings() -> None:
    assert codes(lint_rule_files(SOUND, budgets=BUDGETS)) == []


@pytest.mark.parametrize("planted", PLANTED, ids=[f"{p.code}-{i}" for i, p in enumerate(PLANTED)])
def test_a_planted_fault_is_found_at_its_line(planted: Planted) -> None:
    files, line = edited(planted)
    found = lint_rule_files(files, budgets=BUDGETS)
    assert (planted.file, line, planted.code) in codes(found), codes(found)
    for finding in found:
        what, _, remedy = render_texts(finding)
        assert what and remedy and finding.column >= 1
        assert finding.file == planted.file


def only(text: str, *others: tuple[str, str], **budgets: int) -> list[tuple[str, int, str]]:
    files = [("cap.yaml", CAP), ("yearly.yaml", YEARLY), ("r.yaml", text), *others]
    return codes(lint_rule_files(files, budgets=budgets))


def test_versions_that_overlap_or_leave_days_out_are_found_at_the_later_one() -> None:
    early = COURSE.replace("until: 2026-12-31", "until: 2025-05-31")
    line = line_of(COURSE, "in_force")
    for day, code in (("05-31", "overlapping-versions"), ("06-01", ""), ("06-02", "version-gap")):
        later = COURSE.replace("from: 2024-01-01", f"from: 2025-{day}")
        assert only(early, ("s.yaml", later)) == ([("s.yaml", line, code)] if code else [])
    gap = COURSE.replace("from: 2024-01-01", "from: 2025-07-01")
    [finding] = lint_rule_files([("yearly.yaml", YEARLY), ("r.yaml", early), ("s.yaml", gap)])
    assert "2025-06-01 to 2025-06-30" in render_texts(finding)[0]


JOINED = """\
id: welcome
title: 入会礼包
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: member.joined
require:
  - {that: member.status == 'active', else: 入会尚未生效, remedy: 请所在工会确认}
benefit: {kind: item, title: 礼包, unit: 份, amount_fen: 10000}
limit: {times: 1, per: [member], every: once}
"""


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("{times: 1, per: [member], every: once}", None),
        ("{times: 1, per: [member], every: rule_lifetime}", None),
        ("{times: 1, per: [member], every: month}", "renewed-limit"),  # leave and join again every month
        ("{times: 1, per: [member], every: rolling 30 days}", "renewed-limit"),
        ("{times: 1, per: [member, event.organisation], every: once}", "dodged-limit"),
        ("{times: 1, per: [member, event.via], every: once}", "dodged-limit"),
        ("[{times: 1, per: [member, event.via], every: once}, {times: 1, per: [member], every: once}]", None),
        ("[{times: 1, per: [member], every: month}, {times: 1, per: [member], every: once}]", None),
    ],
)  # fmt: skip
def test_a_limit_is_dodged_by_whoever_leaves_and_joins_again(limit: str, code: str | None) -> None:
    text = JOINED.replace("{times: 1, per: [member], every: once}", limit)
    found = only(text)
    assert found == ([("r.yaml", line_of(text, "limit:"), code)] if code else [])


def test_a_lower_level_may_not_be_allowed_to_pass_a_cap() -> None:
    text = JOINED.replace("amount_fen: 10000", "amount_fen: param.amount") + "caps: [prize]\n"
    held = "parameters: {amount: {title: 金额, value: 10000, unit: fen, least: 1, most: 200001}}\n"
    assert only(text + held) == []
    found = only(text + held + "lower_levels: {may_set: [amount]}\n")
    assert found == [("r.yaml", line_of(text, "amount_fen"), "over-cap")]
    within = held.replace("200001", "200000") + "lower_levels: {may_set: [amount]}\n"
    assert only(text + within) == []


def test_quotas_that_share_a_budget_are_added_up() -> None:
    first = JOINED + "allocate: {mode: first_come, quota: 60}\nbudget: gifts\n"
    second = first.replace("id: welcome", "id: welcome-too").replace("请所在工会确认", "请上级工会确认")
    assert only(first, ("s.yaml", second), gifts=1_200_000) == []
    found = only(first, ("s.yaml", second), gifts=1_199_999)
    assert found == [("s.yaml", line_of(second, "allocate"), "over-budget")]
    cities = JOINED + 'allocate: {mode: first_come, quotas: {"370200": 70, "370300": 51}}\nbudget: gifts\n'
    assert [code for _, _, code in only(cities, gifts=1_200_000)] == ["over-budget"]


def test_the_member_that_is_printed_breaks_the_cap() -> None:
    """The ledger's own reckoning says so."""
    text = AID.replace("ceiling_fen: 150000, ", "")
    [finding] = lint_rule_files([("cap.yaml", CAP), ("r.yaml", text)])
    _, why, _ = render_texts(finding)
    assert "某工会〔2020〕1号 第七条" in why
    printed = dict(part.split(": ") for part in finding.params["member"].split("; "))
    amount_fen, days = int(printed["event.amount_fen"]), int(printed["event.days"])
    assert days > 0 and printed["event.programme"] == "医疗互助"
    exact = amount_fen * 3 / 100
    assert finding.params["amount"] == f"{int(exact / 100 + 0.5):,}" and exact > 200_000
    assert amount_fen < 6_700_000, "the plainest that does, not just any"


FESTIVE = """\
id: festive
title: 节日慰问
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: calendar.festival
among: event.festival in [%s]
require: [{that: "member.status == 'active'", else: 会籍已暂停, remedy: 请核对名册}]
benefit: {kind: cash, amount_fen: 50000}
limit: {times: 1, per: [member, event.festival], every: calendar_year}
caps: [festival]
"""


@pytest.mark.parametrize(
    ("festivals", "is_told"), [("'春节', '端午', '中秋'", False), ("'春节', '端午', '中秋', '元旦'", True)]
)
def test_only_the_festivals_that_a_rule_names_count_towards_a_year(festivals: str, is_told: bool) -> None:
    found = lint_rule_files([("r.yaml", FESTIVE % festivals), ("cap.yaml", YEARLY)])
    assert [one.short_code for one in found] == ["over-yearly-cap"] * is_told


def test_what_no_event_may_state_breaks_no_cap() -> None:
    """An applicant can't state a negative payment, so that the rest of 2,000 yuan stays within the cap of 2,000."""
    text = AID.replace("event.amount_fen * param.share / 100", "200000 - event.amount_fen")
    text = text.replace("ceiling_fen: 150000, ", "")
    assert text != AID and "over-cap" not in {
        one.short_code for one in lint_rule_files([("r.yaml", text), ("c.yaml", CAP)])
    }


def test_findings_are_the_same_every_time() -> None:
    files, _ = edited(PLANTED[-1])
    assert lint_rule_files(files, budgets=BUDGETS) == lint_rule_files(list(reversed(files)), budgets=BUDGETS)


def rule(name: str, *depends: str, since: str = "2026-01-01", until: str = "2026-12-31") -> tuple[str, str]:
    stated = "".join(f"  - {{{one}, else: 还不能领, remedy: 请先领另一项}}\n" for one in depends)
    text = JOINED.replace("welcome", name).replace("2024-01-01", since).replace("2026-12-31", until)
    text += f"depends:\n{stated}" if depends else ""
    return f"{name}-{since}.yaml", text


@pytest.mark.parametrize("depends", ["after: cakes", "better_of: [cakes]"])
def test_a_rule_that_isnt_there_is_told_at_its_line_with_the_one_that_was_meant(depends: str) -> None:
    [finding] = lint_rule_files([rule("cake"), rule("gift", "after: cake", depends)])
    assert (finding.file, finding.row, finding.short_code) == ("gift-2026-01-01.yaml", 13, "unknown-rule")
    _, _, remedy = render_texts(finding)
    assert remedy == "did you mean cake?"
    assert not lint_rule_files([rule("cakes"), rule("gift", depends)])


def test_a_rule_of_another_file_is_there() -> None:
    draft = rule("gift", "after: cake")
    others = [r.definition for r in load_library([rule("cake")]).rules]
    assert not lint_rule_files([draft], others=others)
    assert [finding.short_code for finding in lint_rule_files([draft])] == ["unknown-rule"]


def test_a_rule_with_faults_of_its_own_is_there() -> None:
    name, text = rule("cake")
    told: tuple[Fault, ...] = lint_rule_files(
        [(name, text.replace("owner:", "ovner:")), rule("gift", "after: cake")]
    )
    assert {finding.file for finding in told} == {name}


@pytest.mark.parametrize(
    ("files", "circles"),
    [
        ([rule("a", "after: b"), rule("b", "after: c"), rule("c", "after: a")], 3),
        ([rule("a", "after: b"), rule("b", "after: c"), rule("c")], 0),
        ([rule("a", "after: a")], 1),
        ([rule("a", "after: b"), rule("b", "better_of: [a]")], 0),
        ([rule("a", "after: b", "better_of: [c]"), rule("b", "after: c"), rule("c", "after: b")], 2),  # a only waits for them
    ],
)  # fmt: skip
def test_rules_that_wait_for_each_other_are_told(files: list[tuple[str, str]], circles: int) -> None:
    assert [code for _, _, code in codes(lint_rule_files(files))] == ["after-itself"] * circles


def test_what_an_earlier_version_didnt_ask_for_may_have_been_granted() -> None:
    early = rule("a", since="2025-01-01", until="2025-12-31")
    assert not lint_rule_files([early, rule("a", "after: b"), rule("b", "after: a")])
