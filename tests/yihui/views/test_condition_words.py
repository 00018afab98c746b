"""Conditions are read in words by who asks why: negations, dates, lists and sums; their code only on demand."""

import re

import pytest

from benefits.reporting.member_benefits import EvaluatedCondition
from rules import AmountTerms
from yihui.runtime.language import load_language
from yihui.services.rules.rules import SHIPPED_RULES, read_library
from yihui.views.condition_words import evaluated_condition_text, render_condition

ZH = load_language("zh")
CONDITIONS: list[tuple[str, dict[str, object], str]] = [
    ("member.status == 'active'", {}, "会籍状态为在册"),
    ("member.status != 'suspended'", {}, "会籍状态不为已暂停"),
    ("not member.status == 'suspended'", {}, "并非（会籍状态为已暂停）"),
    ("member.status in ['active', 'suspended']", {}, "会籍状态是在册、已暂停之一"),
    ("member.status in ['active']", {}, "会籍状态为在册"),
    ("member.status not in ['left', 'none']", {}, "会籍状态不是已退会、未入会中的任何一个"),
    ("'工匠' in member.honours", {}, "荣誉称号里有工匠"),
    ("'工匠' not in member.honours", {}, "荣誉称号里没有工匠"),
    ("event.answers >= 3", {}, "答题数不少于 3"),
    ("event.answers <= 3", {}, "答题数不多于 3"),
    ("event.answers == 3", {}, "答题数为 3"),
    ("event.answers >= param.questions", {"param.questions": 12}, "答题数不少于 12"),
    ("member.joined_on < date('2026-01-01')", {}, "入会日期早于 2026-01-01"),
    ("member.joined_on <= date('2026-01-01')", {}, "入会日期不晚于 2026-01-01"),
    ("member.joined_on > date('2026-01-01')", {}, "入会日期晚于 2026-01-01"),
    ("member.joined_on >= date('2026-01-01')", {}, "入会日期不早于 2026-01-01"),
    ("known(member.trade)", {}, "工种已知"),
    ("not known(member.trade)", {}, "工种未知"),
    (
        "member.card == 'active' and not (member.trade == '护工护理员' or known(member.birthday))",
        {},
        "会员服务卡为已激活，并且并非（工种为护工护理员，或者出生日期已知）",
    ),
    (
        "(event.answers > 3 or event.answers < 1) and member.status != 'left'",
        {},
        "（答题数多于 3，或者答题数少于 1），并且会籍状态不为已退会",
    ),
    ("within(member.organisation, '370200')", {}, "会员所在工会代码在 370200 范围内"),
    (
        "age(member.birthday, event.occurred_on) >= 60",
        {},
        "从出生日期到事件发生日期的周岁数不少于 60",
    ),
    ("event.answers * 2 - 1 >= 5", {}, "答题数 × 2 − 1 不少于 5"),
    ("(event.answers - 1) * 2 >= 5", {}, "（答题数 − 1） × 2 不少于 5"),
    ("event.answers - (2 - 1) >= 5", {}, "答题数 −（2 − 1）不少于 5"),
    ("'基层>县级' in application.order", {}, "“基层”先于“县级”通过"),
    ("'基层>县级' not in application.order", {}, "“基层”没有先于“县级”通过"),
    ("'基层=县级' not in application.same_reviewer", {}, "“基层”和“县级”由两人分别审核"),
    ("'基层=县级' in application.same_reviewer", {}, "看不出“基层”和“县级”由两人分别审核"),
    ("month(event.occurred_on) in [1, 2]", {}, "事件发生日期的月份是 1、2 之一"),
    ("known_in_time(event)", {}, "没有过申报期限"),
    ("table(aid.json)", {}, "表 aid.json 里有一行适用"),
    ("event.amount_fen * param.low / 100", {"param.low": 3}, "申请涉及的金额 × 3 ÷ 100"),
    ("event.amount_fen <= 10000000", {}, "申请涉及的金额不多于 100,000 元"),
    ("old.function(x) ~ 3", {}, "old.function(x) ~ 3"),  # this release no longer reads it
]
CODE = re.compile(r"[a-z]+[._][a-z_]+|[=<>!]=?|'|\b(?:and|or|not|in|known)\b")


def test_a_condition_is_said_in_words() -> None:
    for that, values, words in CONDITIONS:
        event = "application.confirmed" if "amount_fen" in that else "poll.completed"
        said = render_condition(event, that, values, ZH)
        assert said.replace(" ", "") == words.replace(" ", "")


def test_no_condition_of_the_library_shows_code() -> None:
    shown = []
    for rule in read_library([SHIPPED_RULES]).rules:
        definition = rule.definition
        values = {f"param.{name}": p.value for name, p in definition.parameters.items()}
        texts = [one.that for one in (*rule.required, *rule.allocation.groups)]
        texts += [part.table.that for part in rule.parts if part.table]
        texts += [definition.audience_condition] if definition.audience_condition else []
        shown += [render_condition(definition.on, text, values, ZH) for text in texts]
    coded = [text for text in shown if CODE.search(text.replace("tables/mutual-aid.json", ""))]
    assert len(shown) > 100 and coded == []


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
