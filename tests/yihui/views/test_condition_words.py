"""Conditions are read in words by who asks why: negations, dates, lists and sums; their code only on demand."""

import re

import pytest

from benefits.reporting.member_benefits import EvaluatedCondition
from rules import FACT_CATALOGUE, AmountTerms
from tools.rule_sentences import list_sentences
from yihui.runtime.language import load_language
from yihui.views.condition_words import evaluated_condition_text, join_narrowed, render_condition

ZH = load_language("zh")
CONDITIONS: list[tuple[str, dict[str, object], str]] = [
    ("member.status == 'active'", {}, "会籍状态为在册"),
    ("member.status != 'suspended'", {}, "会籍状态不是已暂停"),
    ("not member.status == 'suspended'", {}, "会籍状态不是已暂停"),
    ("member.status in ['active', 'suspended']", {}, "会籍状态为在册或已暂停"),
    ("member.status in ['active']", {}, "会籍状态为在册"),
    ("member.status not in ['left', 'none']", {}, "会籍状态不是已退会，也不是未入会"),
    ("'工匠' in member.honours", {}, "荣誉称号有工匠"),
    ("'工匠' not in member.honours", {}, "荣誉称号没有工匠"),
    ("event.answers >= 3", {}, "答题数不少于 3"),
    ("event.answers <= 3", {}, "答题数不多于 3"),
    ("event.answers == 3", {}, "答题数为 3"),
    ("event.answers >= param.questions", {"param.questions": 12}, "答题数不少于 12"),
    ("member.joined_on < date('2026-01-01')", {}, "入会日期早于 2026-01-01"),
    ("member.joined_on <= date('2026-01-01')", {}, "入会日期不晚于 2026-01-01"),
    ("member.joined_on > date('2026-01-01')", {}, "入会日期晚于 2026-01-01"),
    ("member.joined_on >= date('2026-01-01')", {}, "入会日期不早于 2026-01-01"),
    ("known(member.trade)", {}, "工种已登记"),
    ("not known(member.trade)", {}, "工种没有登记"),
    (
        "member.card == 'active' and not (member.trade == '护工护理员' or known(member.birthday))",
        {},
        "会员服务卡为已激活，并且（工种不是护工护理员，并且出生日期没有登记）",
    ),
    (
        "(event.answers > 3 or event.answers < 1) and member.status != 'left'",
        {},
        "（答题数多于 3，或者少于 1），并且会籍状态不是已退会",
    ),
    ("within(member.organisation, '370200')", {}, "会员所在工会属于 370200"),
    (
        "age(member.birthday, event.occurred_on) >= 60",
        {},
        "从出生到当天的周岁数不少于 60",
    ),
    ("event.answers * 2 - 1 >= 5", {}, "答题数 × 2 − 1 不少于 5"),
    ("(event.answers - 1) * 2 >= 5", {}, "（答题数 − 1） × 2 不少于 5"),
    ("event.answers - (2 - 1) >= 5", {}, "答题数 −（2 − 1）不少于 5"),
    ("'基层>县级' in application.order", {}, "“基层”先于“县级”通过"),
    ("'基层>县级' not in application.order", {}, "“基层”没有先于“县级”通过"),
    ("'基层=县级' not in application.same_reviewer", {}, "“基层”和“县级”由两人分别审核"),
    ("'基层=县级' in application.same_reviewer", {}, "看不出“基层”和“县级”由两人分别审核"),
    ("month(event.occurred_on) in [1, 2]", {}, "当天的月份为 1 或 2"),
    ("'基层' in application.stages", {}, "“基层”已经审核通过"),
    ("event.year == year(application.applied_on) - 1", {}, "项目年度与申请的前一年相同"),
    ("event.year >= 2027 and event.year <= 2029", {}, "项目年度不早于 2027，并且不晚于 2029"),
    ("event.case_level == member.hardship_level", {}, "申请时的困难等级与档案中的相同"),
    ("member.hardship_level != 'none'", {}, "档案中的困难等级已登记"),
    ("not (not known(member.trade))", {}, "工种已登记"),
    (
        "not known(member.birthday_calendar) or event.calendar == member.birthday_calendar",
        {},
        "会员选定的历法没有登记，或者与生日所用的相同",
    ),
    (
        "not known(member.mutual_aid_year) or member.mutual_aid_year != event.year",
        {},
        "参加职工医疗互助的年度与项目年度不同",
    ),
    (
        "member.trade != '环卫工' or not known(member.trade) or member.card == 'active'",
        {},
        "工种不是环卫工，或者会员服务卡为已激活",
    ),
    ("not known(member.trade) or member.trade not in ['环卫工', '教师']", {}, "工种不是环卫工，也不是教师"),
    ("application.objections == 0", {}, "异议都已处理完"),
    ("known_in_time(event)", {}, "在申报期限之内"),
    ("table(aid.json)", {}, "分档表里有一档适用"),
    ("event.amount_fen * param.low / 100", {"param.low": 3}, "申请涉及的金额 × 3 ÷ 100"),
    ("event.amount_fen <= 10000000", {}, "申请涉及的金额不多于 100,000 元"),
    ("old.function(x) ~ 3", {}, "old.function(x) ~ 3"),  # this release no longer reads it
]
CHOICE, EXCLUSION = "member.status in ['active', 'suspended']", "member.status != 'suspended'"
APPLICATION = "application.confirmed"
EVENTS = {
    "event.amount": APPLICATION,
    "event.year": APPLICATION,
    "case": APPLICATION,
    "calendar": "member.birthday",
}
DENIED = re.compile("尚未|没有|不[同是在]|看不出|为 ?0")
TITLES = sorted({ZH.translate(fact.title) for fact in FACT_CATALOGUE.values()}, key=len, reverse=True)
NOT_IN_A_SENTENCE = re.compile(r"[A-Za-z]|[=<>!]=?|'|并非|不为|不明|未知")


def find_doubled(sentence: str) -> set[str]:
    """Return the titles of facts that stand more than once in one part of a sentence."""
    doubled = set()
    for part in re.split("[（）；]", sentence):
        left = part
        for title in TITLES:
            doubled |= {title} if left.count(title) > 1 else set()
            left = left.replace(title, " ")
    return doubled


def test_a_condition_is_said_in_words() -> None:
    for that, values, words in CONDITIONS:
        event = next((kind for part, kind in EVENTS.items() if part in that), "poll.completed")
        said = render_condition(event, that, values, ZH)
        assert said.replace(" ", "") == words.replace(" ", "")


def test_no_sentence_of_a_rule_or_template_shows_code_english_a_doubled_noun_or_a_double_negation() -> None:
    shown = {text for _, text in list_sentences(ZH)}
    assert len(shown) > 60
    assert [text for text in shown if NOT_IN_A_SENTENCE.search(text)] == []
    assert {text: found for text in shown if (found := find_doubled(text))} == {}
    assert [text for text in shown if len(DENIED.findall(text)) > 1] == []


@pytest.mark.parametrize(
    ("met", "shown"),
    [
        ((CHOICE, EXCLUSION), ["会籍状态为在册"]),
        ((EXCLUSION, CHOICE), ["会籍状态为在册"]),
        ((CHOICE, "member.trade != '环卫工'"), ["会籍状态为在册或已暂停", "工种不是环卫工"]),
        ((CHOICE, "old.function(x) ~ 3"), ["会籍状态为在册或已暂停", "old.function(x) ~ 3"]),
    ],
)
def test_a_choice_and_what_is_taken_from_it_are_said_once(met: tuple[str, ...], shown: list[str]) -> None:
    conditions = [
        EvaluatedCondition(that, True, False, {"member.status": "active"}, "", None) for that in met
    ]
    joined = join_narrowed(conditions)
    assert [render_condition("poll.completed", one.that, one.values, ZH) for one in joined] == shown


@pytest.mark.parametrize(
    ("that", "exact", "paid_fen", "terms", "figures"),
    [
        ("30000 + event.answers * 2000", "42000", 42000, AmountTerms(), ["300", "20", "420"]),
        (
            "event.amount_fen * 60 / 100",
            "37035/5",
            7400,
            AmountTerms(to_fen=100),
            ["60", "100", "74.07", "1", "74"],
        ),
        ("(1 + 2) * 500", "1500", 1500, AmountTerms(), ["1", "2", "5", "15"]),
        (
            "event.amount_fen / 3",
            "100000/3",
            20000,
            AmountTerms(ceiling_fen=20000),
            ["3", "333.333333…", "200", "200"],
        ),
        ("event.answers * (event.answers + 5000)", "5001", 5001, AmountTerms(), ["50", "50.01"]),
        ("(event.answers + 2) * 5000", "15000", 15000, AmountTerms(), ["2", "50", "150"]),
        ("event.amount_fen", "100", 5000, AmountTerms(floor_fen=5000), ["1", "50", "50"]),
        ("event.answers >= 3", None, None, AmountTerms(2, None, 30000), ["2", "3", "300"]),
        ("true", None, None, AmountTerms(3, "tables/aid.json"), ["3"]),
    ],
)
def test_an_amount_is_explained_in_yuan_by_its_row_or_its_arithmetic(
    that: str, exact: str | None, paid_fen: int | None, terms: AmountTerms, figures: list[str]
) -> None:
    values = {} if exact is None else {"amount.exact/1": exact, "amount.fen/1": paid_fen}
    found = evaluated_condition_text(
        "application.confirmed", EvaluatedCondition(that, True, False, values, "", None, terms), ZH
    )
    assert re.findall(r"\d[\d.,]*…?", found) == figures, found


def test_who_left_before_her_turn_came_reads_no_path() -> None:
    """The move from a waiting list is an event that no rule reacts to: it has no facts of its own."""
    words = render_condition("waiting.moved", "member.status != 'left'", {"member.status": "left"}, ZH)
    assert "member." not in words
