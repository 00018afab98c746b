"""A rule written from a form: each kind of amount, each fault of the fields, and a table against a slow reading."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import evaluate_rules, lint_rule_files, load_library
from rules.event_facts import EventFacts
from rules.facts import FACT_CATALOGUE, Fact, facts_for_event
from tests.profile import searched
from tests.yihui.refusals import faults_of
from yihui.services.rules.form import (
    FormCondition,
    RuleForm,
    fill_texts,
    suggest_id,
    write_rule_from_form,
)
from yihui.services.rules.form_terms import COMPARISONS, Comparison, TermFault, build_term
from yihui.services.rules.grid import parse_amount_grid, read_cell

NOTICE = {
    "id": "warm-winter",
    "title": "暖冬补贴",
    "document": "示例文件〔2026〕1号",
    "clause": "第二条",
    "since": "2026年12月1日",
    "until": "2027-02-28",
    "on": "application.confirmed",
    "standing": "yes",
    "kind": "cash",
    "amount": "２００元",
    "times": "1",
    "programme": "暖冬",
    "purpose": "按困难等级核定档次",
    "attachments": "1",
    "reviews": "基层工会，县级工会",
    "notice_days": "5",
}
TRADE = FormCondition("member.trade", "is", "快递员、外卖员")
FACTS = facts_for_event("application.confirmed")
LEVEL, DAYS = FACTS["member.hardship_level"], FACTS["event.days"]
MONEY, TRADE_FACT = FACTS["event.amount_fen"], FACTS["member.trade"]


def form(*conditions: FormCondition, **changed: str) -> RuleForm:
    filled = tuple(
        fill_texts(one, FACTS[one.fact], FACTS[one.fact].title) if one.fact in FACTS else one
        for one in conditions
    )
    return RuleForm({**NOTICE, **changed}, "370000", filled)


def codes(wrong: RuleForm) -> list[tuple[str, str]]:
    return [(fault.field or "", fault.short_code) for fault in faults_of(write_rule_from_form, wrong)]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"kind": "voucher", "expiry_days": "90"},
        {"kind": "item", "amount": ""},
        {
            "amount_by": "grid",
            "grid_fact_1": "member.hardship_level",
            "grid": "深度困难\t2000\n一般困难、相对困难\t0.1万",
        },
        {"amount_by": "share", "share_fact": "event.amount_fen", "share": "30", "most": "3000"},
        {"places": "1000", "times": "", "claim_days": "30"},
        {"places": "20", "mode": "lottery", "entries_until": "2026-12-31"},
        {"title": '带"引号"：和#号', "among_fact": "event.occasion", "among_value": "住院"},
        {"programme": "", "on": "member.birthday"},
        {"window_since": "7月1日", "window_until": "08-31", "within_days": "９０"},
    ],
    ids=lambda changed: ",".join(changed) or "plain",
)
def test_what_the_form_writes_is_a_rule_without_errors(changed: dict[str, str]) -> None:
    text = write_rule_from_form(form(TRADE, **changed))
    library = load_library([("rule.yaml", text)])
    assert [rule.id for rule in library.rules] == ["warm-winter"]
    errors = [one.text for one in lint_rule_files([("rule.yaml", text)]) if one.severity == "error"]
    assert errors == []


def test_the_fields_are_in_the_rule() -> None:
    text = write_rule_from_form(form(TRADE, places="1000", claim_days="30", expiry_days="90"))
    rule = load_library([("rule.yaml", text)]).rules[0].definition
    assert (rule.in_force.since, rule.in_force.until) == (date(2026, 12, 1), date(2027, 2, 28))
    assert rule.benefits[0].amount_fen == 20_000 and rule.allocate.quota == 1_000
    assert [one.that for one in rule.require] == [
        "member.status == 'active'",
        "member.trade in ['快递员', '外卖员']",
    ]
    assert rule.require[1].otherwise == "不符合“trade是快递员、外卖员”"
    assert rule.process is not None and rule.process.reviews == ("基层工会", "县级工会")
    assert rule.limits[0].times == 1 and rule.budget == "warm-winter" and rule.expires == "P90D"


@pytest.mark.parametrize("typed", ["7月1日", "07-01", "7/1", "7.1", "７月１日"])
def test_a_yearly_window_is_typed_as_days_are_without_a_year(typed: str) -> None:
    text = write_rule_from_form(form(TRADE, window_since=typed, window_until="8月31日", within_days="90"))
    process = load_library([("rule.yaml", text)]).rules[0].definition.process
    assert process and process.window and (process.window.since, process.window.until) == ("07-01", "08-31")
    assert process.within == "P90D"


def test_all_faults_of_the_fields_are_told_at_once() -> None:
    wrong = form(
        FormCondition("event.days", "at_least", "三天"),
        FormCondition("member.shoe_size", "is", "42"),
        FormCondition("member.hardship_level", "at_least", "深度困难"),
        title="",
        since="2026-02-30",
        amount="二百",
        times="0",
    )
    assert codes(wrong) == [
        ("title", "missing"),
        ("since", "day"),
        ("c0_value", "value"),
        ("c1_fact", "fact"),
        ("c2_comparison", "comparison"),
        ("amount", "amount"),
        ("times", "number"),
    ]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"on": ""}, [("on", "missing")]),
        (
            {"window_since": "2月29日", "within_days": "三"},
            [("window_since", "yearly_day"), ("window_until", "missing"), ("within_days", "number")],
        ),
        ({"window_since": "2026-07-01", "window_until": "8月31日"}, [("window_since", "yearly_day")]),
        ({"on": "member.sneezed"}, [("on", "event")]),
        ({"amount_by": "grid", "grid": "1\t2"}, [("grid_fact", "missing")]),
        (
            {"amount_by": "grid", "grid_fact_1": "event.days", "grid": "3以上\t5\t6\n许多\t200\n不满3\t-5"},
            [("grid", "grid_columns"), ("grid", "grid"), ("grid", "grid")],
        ),
        (
            {"amount_by": "share", "share_fact": "event.days", "share": "130", "most": "0"},
            [("share_fact", "fact"), ("share", "share"), ("most", "amount")],
        ),
        ({"places": "20", "mode": "lottery"}, [("entries_until", "missing")]),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert codes(form(**changed)) == found


@pytest.mark.parametrize(
    ("path", "comparison", "value", "expression"),
    [
        ("member.trade", "is_not", "外卖员", "member.trade != '外卖员'"),
        ("member.trade", "is_not", "外卖员/快递员", "member.trade not in ['外卖员', '快递员']"),
        ("member.honours", "is", "劳模，工匠", "('劳模' in member.honours or '工匠' in member.honours)"),
        ("member.honours", "is_not", "劳模", "not ('劳模' in member.honours)"),
        ("member.joined_on", "below", "2026.1.5", "member.joined_on < date('2026-01-05')"),
        ("event.amount_fen", "above", "5,000元", "event.amount_fen > 500000"),
        ("event.days", "at_least", "３", "event.days >= 3"),
        ("member.organisation", "within", "370200", "within(member.organisation, '370200')"),
        ("member.outdoors", "is", "是", "member.outdoors == true"),
        ("member.outdoors", "is", "没有", "member.outdoors == false"),
        ("member.trade", "known", "", "known(member.trade)"),
    ],
)
def test_a_condition_becomes_an_expression(path: str, comparison: str, value: str, expression: str) -> None:
    assert build_term(FACTS[path], comparison, value) == expression


@pytest.mark.parametrize(
    ("path", "comparison", "value"),
    [
        ("member.status", "is", "正式会员"),
        ("member.trade", "is", ""),
        ("member.trade", "is", "' or 1 == 1 or '"),
        ("member.trade", "is", "a\\"),
        ("member.outdoors", "is", "不知道"),
        ("member.joined_on", "is", "2026-13-01"),
        ("event.days", "is", "3.5"),
        ("event.amount_fen", "is", "-5"),
        ("member.trade", "at_least", "外卖员"),
        ("member.trade", "drop table", "外卖员"),
    ],
)
def test_what_can_not_be_compared_is_refused(path: str, comparison: str, value: str) -> None:
    with pytest.raises(TermFault):
        build_term(FACTS[path], comparison, value)


def test_every_fact_and_comparison_makes_an_expression_that_loads() -> None:
    values = {"integer": "3", "fen": "30", "date": "2026-01-31", "boolean": "是"}
    for path, fact in FACTS.items():
        for comparison in COMPARISONS[fact.kind]:
            if comparison is Comparison.WITHIN and not path.endswith(("organisation", "district")):
                continue
            value = values.get(fact.kind) or (fact.allowed or ("某值",))[0]
            text = write_rule_from_form(form(FormCondition(path, comparison, value)))
            assert load_library([("rule.yaml", text)]).rules, (path, comparison)
    assert len(FACTS) > 20 and set(FACTS) <= {fact.path for fact in FACT_CATALOGUE.values()}


# Tables of amounts ------------------------------------------------------------------------------------------


def slow_holds(cell: str, days: int) -> bool:
    """Read a cell of numbers in the plainest way, as a check of the patterns."""
    numbers = [int(one) for one in re.findall(r"[0-9]+", cell)]
    if not numbers:
        return True
    if len(numbers) == 2:
        return numbers[0] <= days <= numbers[1]
    for words, holds in (
        (("不超过", "≤", "以下", "以内"), days <= numbers[0]),
        (("不满", "不足", "<"), days < numbers[0]),
        (("不少于", "以上", "≥"), days >= numbers[0]),
        (("超过", ">"), days > numbers[0]),
    ):
        if any(word in cell for word in words):
            return holds
    return days == numbers[0]


NUMBER = st.integers(0, 40)
CELL = st.one_of(
    NUMBER.map(str),
    st.builds(
        "{0}{1}".format,
        st.sampled_from(["不超过", "≤", "不满", "不足", "<", "不少于", "≥", "超过", ">"]),
        NUMBER,
    ),
    st.builds(
        "{0}{1}".format, NUMBER, st.sampled_from(["天以上", "以上（含）", "天以下", "以内", "天及以上"])
    ),
    st.builds(
        lambda pair, sign: f"{pair[0]}{sign}{pair[1]}天",
        st.tuples(NUMBER, NUMBER).map(sorted),
        st.sampled_from(["-", "至", "～", "到"]),
    ),
    st.sampled_from(["不限", "任意"]),
)


LEVELS = ("none", "一般困难", "相对困难", "深度困难", "意外致困")
LEVEL_CELL = st.one_of(
    st.just("不限"),
    st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True).map("、".join),
    st.sampled_from(LEVELS).map("不是{}".format),
    st.sampled_from(LEVELS).map("除{}外".format),
)


def slow_is_level(cell: str, level: str) -> bool:
    if cell.startswith(("不是", "除")):
        return cell.removeprefix("不是").removeprefix("除").removesuffix("外") != level
    return cell == "不限" or level in cell.split("、")


@searched(80, anew=True)
@given(
    rows=st.lists(st.tuples(LEVEL_CELL, CELL), min_size=1, max_size=5),
    level=st.sampled_from(LEVELS),
    days=st.integers(0, 45),
)
def test_the_engine_pays_what_a_slow_reader_of_the_table_finds(
    rows: list[tuple[str, str]], level: str, days: int
) -> None:
    table = "\n".join(f"{one}\t{two}\t{100 + number}" for number, (one, two) in enumerate(rows))
    text = write_rule_from_form(
        form(
            amount_by="grid",
            grid_fact_1="member.hardship_level",
            grid_fact_2="event.days",
            grid=table,
            programme="",
        )
    )
    at = datetime(2026, 12, 1, 4, tzinfo=UTC)
    event = EventFacts("s", "e", "application.confirmed", at, at.date(), "m", {"days": days})
    facts = {"member.status": "active", "member.organisation": "370102", "member.hardship_level": level}
    [decision] = evaluate_rules(event, facts, load_library([("rule.yaml", text)]))
    paid = decision.benefits[0].amount_fen if decision.benefits else None
    slow = (
        n
        for n, (one, two) in enumerate(rows)
        if slow_is_level(one, level) and slow_holds(two.replace("～", "-"), days)
    )
    first = next(slow, None)
    assert paid == (None if first is None else (100 + first) * 100)


def test_a_table_of_two_facts_is_read_with_its_heading() -> None:
    pasted = "困难等级\t住院天数\t金额（元）\n深度困难\t3以上\t2,000\n相对困难、一般困难\t不限\t0.1万元\n"
    for text in (pasted, pasted.replace("\t", "|"), pasted.replace("\t", "，").replace("2,000", "2000")):
        grid = parse_amount_grid(text, [LEVEL, DAYS])
        assert grid.faults == []
        assert [(row.when, row.amount_fen) for row in grid.rows] == [
            ("member.hardship_level == '深度困难' and event.days >= 3", 200_000),
            ("member.hardship_level in ['相对困难', '一般困难']", 100_000),
        ]


def test_faults_of_a_table_name_their_rows() -> None:
    grid = parse_amount_grid("深度困难\t2000\n富裕\t1000\n一般困难\t免费\n一般困难", [LEVEL])
    assert [(one.line, one.code) for one in grid.faults] == [(2, "grid"), (3, "grid"), (4, "grid_columns")]


@pytest.mark.parametrize(
    ("fact", "cell", "terms"),
    [
        (DAYS, "１，０００以上", ["event.days >= 1000"]),
        (DAYS, "1,000", ["event.days == 1000"]),
        (DAYS, "3，5", ["event.days in [3, 5]"]),
        (DAYS, "3以上不满5", ["event.days >= 3", "event.days < 5"]),
        (DAYS, "超过３天、不超过５天", ["event.days > 3", "event.days <= 5"]),
        (MONEY, "1,234.50元以上", ["event.amount_fen >= 123450"]),
        (MONEY, "５万元以内", ["event.amount_fen <= 5000000"]),
        (LEVEL, "深 度 困难", ["member.hardship_level == '深度困难'"]),
        (LEVEL, "不是深度困难", ["member.hardship_level != '深度困难'"]),
        (LEVEL, "除深度困难、一般困难外", ["member.hardship_level not in ['深度困难', '一般困难']"]),
        (TRADE_FACT, "快递员，外卖员", ["member.trade in ['快递员', '外卖员']"]),
        (TRADE_FACT, "网约 车司机", ["member.trade == '网约车司机'"]),
        (TRADE_FACT, "不限", []),
    ],
)
def test_a_cell_is_read_as_it_is_meant(fact: Fact, cell: str, terms: list[str]) -> None:
    assert read_cell(cell, fact) == terms


@pytest.mark.parametrize(
    ("fact", "cell"),
    [
        *(
            (fact, cell)
            for fact in (DAYS, MONEY, LEVEL, TRADE_FACT)
            for cell in ("", " ", "　", "-", "—", "/", "、")
        ),
        *(
            (TRADE_FACT, cell)
            for cell in (
                "非快递员",
                "其他",
                "快递员等",
                "快递员 外卖员",
                "没有工种",
                "不限快递员",
                "3以上",
                "≥3",
            )
        ),
        *((DAYS, cell) for cell in ("1,0000", "1,00以上", "5-3", "3.5", "三", "5以下3以上", "3-", "3天左右")),
        *((MONEY, cell) for cell in ("1,0000", "-5以上", "50分", "1.234")),
        (LEVEL, "困难"),
    ],
)
def test_a_cell_that_is_not_understood_is_refused(fact: Fact, cell: str) -> None:
    with pytest.raises(TermFault):
        read_cell(cell, fact)


@pytest.mark.parametrize(
    ("title", "id_"),
    [
        ("秋日一杯茶", "qiu-ri-yi-bei-cha"),
        ("暖冬补贴2026", "nuan-dong-bu-tie-2026"),
        ("2026年福利", "rule-2026-nian-fu-li"),
        ("！？", "rule"),
        ("职" * 60, "zhi-zhi-zhi-zhi-zhi-zhi-zhi-zhi-zhi-zhi"),
    ],
)
def test_an_id_is_made_from_the_title(title: str, id_: str) -> None:
    assert suggest_id(title) == id_
