"""yihui hotline and /api/v1/hotline, as agents, units and supervisors use them."""

import json
from pathlib import Path

import pytest

from tests.members.hotline.test_articles import GOOD
from tests.yihui.cli.test_benefit_why import PACK, enrolled, line, run
from tests.yihui.commands import Command, commands_in

PHONE, TRANSCRIPT = "13800001234", "热水机坏了三天"
AGENT = ("--as", "agent-1")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two unions with a member who got nothing, and a key of the vault; it is Saturday night."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "rules").mkdir()
    (folder / "rules" / "pack.yaml").write_text(PACK, "utf-8")
    with commands_in(folder, YIHUI_RULES=str(folder / "rules")) as yihui:
        for code, name in (("370000", "省总工会"), ("370200", "青岛市总工会")):
            on = ("--on", "2010-01-01", "--as", "li.min")
            assert yihui("organisations", "found", "--code", code, "--name", name, *on).code == 0
        voted = line("poll.completed", "guard", "2026-05-01", poll="y")
        assert run(yihui, folder, enrolled("guard", "保安"), enrolled("quiet", "保安"), voted).code == 0
        assert yihui("members", "vault", "create-key").code == 0
    return folder


@pytest.fixture
def hotline(prepared: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_RULES", str(tmp_path / "rules"))
    return prepared


def opened(hotline: Command, *more: str) -> int:
    done = hotline("hotline", "open", "--organisation", "370000", "--category", "benefit", "--summary", "没有领到礼包", *more, *AGENT, "--json")  # fmt: skip
    assert done.code == 0, done.err
    number: int = json.loads(done.out)["key"]
    return number


def test_a_case_on_the_command_line_from_the_call_to_the_rates(hotline: Command, tmp_path: Path) -> None:
    assert hotline("hotline", "list").out == "您的组织没有这样的工单。\n"
    number = str(opened(hotline, "--name", "张三", "--phone", PHONE, "--text", TRANSCRIPT, "--channel", "transfer", "--from", "12345"))  # fmt: skip
    assert hotline("hotline", "dispatch", number, "--unit", "370200", *AGENT).code == 0
    assert hotline("hotline", "accept", number, "--unit", "370200", *AGENT).code == 0
    assert hotline("hotline", "suspend", number, "--reason", "等材料", *AGENT).code == 0
    assert hotline("hotline", "resume", number, *AGENT).code == 0
    shown = hotline("hotline", "show", number).out
    assert "张*" in shown and "138****1234" in shown and PHONE not in shown and TRANSCRIPT not in shown
    assert "青岛市总工会" in shown and "（console:agent-1）" not in shown and "等材料" in shown
    clear = hotline("hotline", "unmask", number, "--reason", "回电核实", *AGENT).out
    assert PHONE in clear and TRANSCRIPT in clear
    assert hotline("hotline", "close", number, "--unit", "370200", "--answer", "已发放", *AGENT).code == 0
    assert hotline("hotline", "call-back", number, "--outcome", "satisfied", *AGENT).code == 0
    assert json.loads(hotline("hotline", "list", "--state", "overdue", "--json").out) == []
    assert json.loads(hotline("hotline", "escalate", *AGENT, "--json").out) == []
    assert json.loads(hotline("hotline", "list", "--json").out) == []
    assert hotline("hotline", "delete-old", *AGENT).out == "没有到期的来电人信息\n"
    assert json.loads(hotline("hotline", "deletions", "--json").out) == []
    rates = json.loads(hotline("hotline", "rates", "--month", "2026-10", "--json").out)
    assert [(one["unit"], one["satisfied"]["percent"]) for one in rates] == [
        ("370000", None),
        ("370200", 100.0),
    ]
    assert "2026年" in hotline("hotline", "rates", "--month", "2026年").err
    file = tmp_path / "rates.csv"
    assert hotline("hotline", "rates", "--csv", file).code == 0 and "省总工会" in file.read_text("utf-8-sig")
    shown = hotline("hotline", "rates").out
    assert "370000" not in shown and "省总工会" in shown and "100.0 % (1/1)" in shown


def test_articles_are_written_searched_and_reviewed(hotline: Command, tmp_path: Path) -> None:
    file = tmp_path / "article.yaml"
    file.write_text(GOOD, "utf-8")
    assert "还没有知识条目" in hotline("hotline", "articles", "list").out
    assert hotline("hotline", "articles", "add", "--file", file, *AGENT).code == 0
    (found,) = json.loads(hotline("hotline", "articles", "list", "--query", "申請法律援助", "--json").out)
    assert (found["number"], found["version"]) == (1, 1)
    file.write_text(GOOD.replace("七个", "十个"), "utf-8")
    change = ("hotline", "articles", "change", "1", "--file", file, "--version", "1")
    assert hotline(*change, "--clause", "第四节", *AGENT).code == 0
    shown = hotline("hotline", "articles", "show", "1").out
    assert "十个工作日" in shown and "第四节" in shown  # what is typed counts before the file
    assert hotline("hotline", "articles", "review", "1", "--version", "2", *AGENT).code == 0
    assert json.loads(hotline("hotline", "articles", "list", "--overdue", "--json").out) == []
    file.write_text("- 1", "utf-8")
    assert "title: …" in hotline("hotline", "articles", "add", "--file", file, *AGENT).err
