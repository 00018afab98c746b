"""yihui organisations duties, as officers type it; today is 2026-10-03."""

import csv
import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command

pytestmark = pytest.mark.endure

TOWN, SHOP = "370102001", "370102001-00012"


@pytest.fixture
def town(yihui: Command, tmp_path: Path) -> Command:
    file = tmp_path / "list.csv"
    rows = f"组织代码,组织名称,成立日期\n370102,历下区总工会,\n{TOWN},解放路街道工会联合会,2001-01-01\n"
    file.write_text(f"{rows}{SHOP},示例快递公司工会,2026-05-04\n", encoding="utf-8")
    assert yihui("organisations", "import", file).code == 0
    return yihui


def duties(yihui: Command, *arguments: object) -> str:
    done = yihui("organisations", "duties", *arguments)
    assert done.code == 0, done.err
    return done.out


def record(yihui: Command, *arguments: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(duties(yihui, *arguments, "--as", "li.min", "--json"))
    return found


def test_each_kind_is_recorded_and_shown(town: Command) -> None:
    held = ("election", SHOP, "--term-years", "3", "--seats", "7", "--post", "chair", "--on", "2026-05-04")
    assert record(town, *held)["recorded"] is True
    assert record(town, *held)["recorded"] is False
    record(town, "members", SHOP, "31", "--on", "2026-06-30", "--document", "历工〔2026〕1号")
    record(town, "received", SHOP, "--period", "２０２６Ｑ２", "--yuan", "1,234.50")
    record(town, "passed-up", SHOP, "--period", "2026-Q2", "--yuan", "493.80")
    record(town, "report", SHOP, "--kind", "statistics", "--year", "2026")
    shown = duties(town, "show", SHOP)
    for words in (
        "换届选举：未到期 · 最迟 2029-05-04 · 上次 2026-05-04",
        "会员数统计 2026：已完成",
        "会费收缴 2026-Q2：已完成",
        "会费收缴 2026-Q3：未到期 · 最迟 2026-10-30",
        "会费上缴 2026-Q2 493.80 元 → 370102001 (li.min)",
        "会员数统计 31 (历工〔2026〕1号 · li.min)",
        "任期（年）：3 委员会人数：7 主席",
    ):
        assert words in shown, shown
    then = duties(town, "show", SHOP, "--on", "2026-05-03")
    assert "不存在，没有应办事项" in then


def test_corrections_back_and_forth_are_each_recorded(town: Command) -> None:
    """100, then 120, then 100 again, which is the same text as the first and a new record all the same."""
    ids = [
        record(town, "members", SHOP, number, "--on", "2026-06-30")["record"] for number in (100, 120, 100)
    ]
    assert len(set(ids)) == 3
    assert " 100 (" in duties(town, "show", SHOP)
    record(town, "withdraw", SHOP, ids[2])
    assert " 120 (" in duties(town, "show", SHOP)
    assert record(town, "members", SHOP, 100, "--on", "2026-06-30")["recorded"] is True
    assert " 100 (" in duties(town, "show", SHOP)
    assert record(town, "members", SHOP, 100, "--on", "2026-06-30")["recorded"] is False


def test_what_is_overdue_is_listed_by_subtree(town: Command, tmp_path: Path) -> None:
    told = duties(town, "overdue", TOWN, "--on", "2026-08-01")
    assert "会费收缴 2026-Q2：已逾期 · 最迟 2026-07-30 · 逾期天数：2 · 从未填报" in told
    assert "组织 2 个，应办事项 6 项，截至 2026-08-01" in told
    found = json.loads(duties(town, "overdue", SHOP, "--on", "2026-08-01", "--json"))
    assert [len(one["duties"]) for one in found["organisations"]] == [2]
    assert "从未填报，到期日不明" not in told
    assert "从未填报，到期日不明" in duties(town, "overdue", "--on", "2026-08-01", "--unknown")
    assert "组织 0 个" in duties(town, "overdue", SHOP, "--on", "2026-07-30")
    duties(town, "overdue", TOWN, "--on", "2026-08-01", "--out", tmp_path / "out.csv")
    rows = list(csv.reader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][:5] == ["组织代码", "组织名称", "事项", "期间", "最迟日期"]
    assert rows[-1] == [SHOP, "示例快递公司工会", "会费上缴", "2026-Q2", "2026-07-30", "2", "已逾期"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("election", SHOP, "--term-years", "4"), ("--term-years",)),
        (("election", SHOP, "--post", "主席"), ("--post", "主席")),
        (("election", SHOP, "--on", "2026-10-04"), ("2026-10-04", "还没到")),
        (("members", SHOP, "--", "-3"), ("NUMBER",)),
        (("received", SHOP, "--period", "2026-03", "--yuan", "3"), ("--period", "2026-03", "季度")),
        (("received", SHOP, "--period", "2026", "--yuan", "-3"), ("--yuan", "-3")),
        (("received", SHOP, "--period", "2026", "--yuan", ""), ("--yuan",)),
        (("passed-up", "370102", "--period", "2026", "--yuan", "3", "--to", "370102"), ("370102", "自己")),
        (("report", SHOP, "--kind", "统计", "--year", "2026"), ("--kind", "统计")),
        (("report", SHOP, "--kind", "work", "--year", "2062"), ("2062",)),
        (("withdraw", SHOP, "x"), ("x", "没有")),
        (("members", "370103", "3"), ("370103",)),
        (("members", "37010", "3"), ("CODE", "6 位或 9 位")),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    town: Command, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    options = ("--as", "li.min")
    typed = (*arguments[:2], *options, *arguments[2:])
    done = town("organisations", "duties", *typed)
    assert done.code != 0
    for word in words:
        assert word in done.err, done.err


def test_settings_say_by_when(town: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_DUES_EVERY", "year")
    monkeypatch.setenv("YIHUI_REPORTS_DUE", "work，accounts")
    monkeypatch.setenv("YIHUI_DUTIES_SINCE", "2025-01-01")
    shown = json.loads(duties(town, "show", TOWN, "--json"))["duties"]
    assert [one["report"] for one in shown if one["report"]] == ["work", "work", "accounts", "accounts"]
    assert [one["period"] for one in shown if one["duty"] == "dues_received"] == ["2025", "2026"]
    monkeypatch.setenv("YIHUI_DUES_EVERY", "month")
    monkeypatch.setenv("YIHUI_REPORTS_DUE", "工作报告")
    monkeypatch.setenv("YIHUI_TERM_YEARS", "4")
    done = town("organisations", "duties", "show", TOWN)
    assert done.code != 0
    for name in ("YIHUI_DUES_EVERY", "YIHUI_REPORTS_DUE", "YIHUI_TERM_YEARS"):
        assert name in done.err
