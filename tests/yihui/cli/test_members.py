"""yihui members show and erase, as an officer types them."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command, commands_in
from tools.servers.sending import Sender
from yihui.samples.roll import id_number

STEP: dict[str, object] = {"programme": "金秋助学", "year": 2026}
A_DIGEST = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two members, of whom one applied for something."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")

    def step(kind: str, day: int, **data: object) -> str:
        said = {**STEP, **data}
        return send(f"application.{kind}", "m-1", f"2026-08-{day:02}T10:00:00+08:00", **said)

    lines = [
        send.imported("m-1"),
        send.imported("m-2"),
        step("submitted", 3, attachments=[A_DIGEST]),
        step("reviewed", 4, stage="基层工会", reviewer="r-1", accepted=True),
        step("published", 5, objections=1),
    ]
    with commands_in(folder) as yihui:
        run_events(yihui, folder, lines)
    return folder


def test_a_rolls_preview_shows_its_first_members_masked_and_stores_nothing(
    prepared: Command, tmp_path: Path
) -> None:
    before = prepared("members", "list").out
    number, file = id_number("370202", date(1990, 1, 1)), tmp_path / "roll.csv"
    rows = ["姓名,身份证号,手机号,组织代码,入会日期", f"张三,{number},13812345678,370202001-00017,2020-05-01"]
    file.write_text("\n".join([*rows, "李四,1,,370202001-00017,2020-05-01", "合计,,,,"]), "utf-8")
    preview = ("members", "import", file, "--preview")
    assert "第 2 行：370202001-00017" in prepared(*preview).out, "without a vault no name is read"
    assert prepared("members", "vault", "create-key").code == 0
    done = prepared(*preview)
    assert done.code == 1 and "将导入 1 人；有错误的行：1；不是会员的行：1" in done.out
    assert all(
        text in done.out for text in ("第 2 行：张*", f"{number[:4]}**********{number[-4:]}", "138****5678")
    )
    assert not any(text in done.words for text in ("张三", "李四", number, "13812345678"))
    assert prepared("members", "list").out == before


def test_a_person_is_erased_by_command_once(prepared: Command, tmp_path: Path) -> None:
    erase = ("members", "erase", "m-1", "--as", "gh-017", "--reason", "本人要求")
    done = prepared(*erase)
    assert (done.code, "已删除 m-1 的个人信息" in done.out) == (0, True)
    assert "没有可删除的" in prepared(*erase).out
    assert json.loads(prepared(*erase, "--json").out) == {"rows": 0, "act": None}
    assert prepared("members", "show", "m-1").code == 1
    assert prepared("members", "show", "m-2").code == 0
    assert prepared("ledger", "verify").code == 0
    assert "删除了个人信息" in prepared("rules", "log").out
    assert A_DIGEST.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("yihui.db*"))
