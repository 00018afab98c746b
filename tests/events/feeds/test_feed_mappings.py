"""Mapping files are proved before they are used: every fault with its place and what mends it."""

from importlib.resources import files

import pytest

from core.faults import FaultError
from events.feeds import check_feed_mapping, parse_feed_mapping
from tests.events.feeds.samples import APP, TABLE


def codes(text: str) -> dict[str, tuple[int, int]]:
    return {found.short_code: (found.row, found.column) for found in check_feed_mapping("m.yaml", text)[1]}


@pytest.mark.parametrize("text", [APP, TABLE], ids=["app", "table"])
def test_a_good_mapping_has_no_findings(text: str) -> None:
    assert check_feed_mapping("m.yaml", text)[1] == ()


@pytest.mark.parametrize("name", ["app", "table"])
def test_the_templates_that_are_shipped_are_good_mappings(name: str) -> None:
    text = files("yihui").joinpath("feed_templates", f"{name}.yaml").read_text("utf-8")
    assert check_feed_mapping(name, text)[1] == ()


# What is written in place of what, and the code of the finding, which stands where the fault is.
FAULTY = [
    ("feed: zibo-aigonghui", "feed: 爱工惠", "string-pattern-mismatch"),
    ("source: https://aigonghui.example/feed", "source: a b", "string-pattern-mismatch"),
    ("format: jsonl", "format: xml", "literal-error"),
    ("bizType\nskip", "bizType\nskipp", "unknown-key"),  # a misspelt key would have no effect
    ("about: {user: 用户.openId, id_number: 用户.证件.号码}", "about: {}", "nobody"),
    ("format: epoch_ms}\nkind", "format: YYYY-MM-DD HH:mm}\nkind", "no-zone"),  # where does that clock hang?
    ("format: epoch_ms}\nkind", "format: YYYY-MM}\nkind", "no-such-format"),  # no day in it
    ("format: epoch_ms}\nkind", "format: iso, zone: Asia/Jinan}\nkind", "no-such-zone"),
    ("kind: bizType\n", "", "no-kind"),  # when: names words of no field
    ("skip: [LOGIN]", "skip: [CERT]", "two-meanings"),
    ("type: poll.completed", "type: poll.complete", "unknown-name"),
    ("type: poll.completed", "type: benefit.granted", "unknown-name"),  # that is for us to say
    ("poll: 详情.问卷名称,", "", "unfilled"),
    ("answers: 详情.答题数", "answer: 详情.答题数", "unknown-name"),
    ('"3": 高级工', '"3": 三级', "unfit-value"),  # no level of ours
    ("{value: 电工}", "{value: 电工, from: 工种}", "unfit"),  # which of the two?
    ("trade: {value: 电工}", "trade: {from: 工种, as: yuan}", "unfit-kind"),
    ("trade: {value: 电工}", "trade: {from: 工种, split: 、}", "unfit-split"),
    ("trade: {value: 电工}", "trade: {from: 工种, format: iso}", "unfit-format"),
    ("trade: {value: 电工}", "trade: 用户.证件.号码", "id-of-person"),
    ("id: recordId", "id: 用户.证件.号码", "id-of-person"),
    ("用户.手机", "用户.openId", "dropped-and-used"),
    ("用户.姓名, 用户.手机", "用户.手机, 用户.手机.号", "dropped-twice"),
    ("skip: [LOGIN]", "skip: [LOGIN]\nrecords: 列表", "unfit"),  # lines are no list in a field
    ("skip: [LOGIN]", "skip: [LOGIN", "not-yaml"),
    (APP, "", "empty-file"),
    (APP, "- 1", "not-a-mapping"),
]


@pytest.mark.parametrize(
    ("before", "after", "code"), FAULTY, ids=[f"{f[2]}-{n}" for n, f in enumerate(FAULTY)]
)
def test_each_fault_is_told_with_its_place_and_a_remedy(before: str, after: str, code: str) -> None:
    assert before in APP
    text = APP.replace(before, after, 1)
    findings = [found for found in check_feed_mapping("m.yaml", text)[1] if found.short_code == code]
    assert len(findings) >= 1
    found = findings[0]
    assert found.file == "m.yaml"
    assert found.remedy
    if code not in ("empty-file", "not-a-mapping", "not-yaml", "no-kind"):
        changed = next(
            n
            for n, pair in enumerate(zip(APP.splitlines(), text.splitlines(), strict=False), 1)
            if pair[0] != pair[1]
        )
        assert abs(found.row - changed) <= 2
    assert "rule" not in str(found)  # officers' words for rules don't fit here


def test_an_amount_must_say_whether_it_is_yuan_or_fen() -> None:
    assert "yuan-or-fen" in codes(TABLE.replace("{from: 金额, as: yuan}", "金额"))


def test_a_faulty_mapping_is_never_used_and_all_of_its_faults_are_told() -> None:
    text = APP.replace("poll.completed", "poll.complete").replace('"3": 高级工', '"3": 三级')
    with pytest.raises(FaultError) as raised:
        parse_feed_mapping("m.yaml", text)
    assert {found.short_code for found in raised.value.faults} == {"unknown-name", "unfit-value"}


def test_a_warning_alone_keeps_nobody_from_using_a_mapping() -> None:
    text = APP.replace("drop: [用户.姓名,", "drop: [用户.姓名, 设备.型号,")
    assert codes(text) == {"dropped-twice": (31, 15)}
    assert parse_feed_mapping("m.yaml", text).feed == "zibo-aigonghui"
