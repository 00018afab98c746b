"""yihui hardship, as officers of a county type it."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.files.test_pictures import picture

FIRST, SECOND = ("--as", "li.min"), ("--as", "wang.fang")


@pytest.fixture
def office(county: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A county's union with members, a key of the vault, and a line of 900 yuan."""
    monkeypatch.setenv("YIHUI_HARDSHIP_LINE_YUAN", "900")
    assert county("members", "vault", "create-key").code == 0
    return county


def opened(office: Command, tmp_path: Path) -> str:
    (tmp_path / "others.yaml").write_text("others: [{relation: child, name: 张小一, income: 0.50}]", "utf-8")
    done = office(
        "hardship", "open", "--organisation", "370102", "--level", "深度困难", "--causes", "illness,low_income",
        "--member", "m-1", "--income", "2000", "--name", "张三", "--file", tmp_path / "others.yaml",
        "--plan", "申请大病救助", *FIRST, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    shown = json.loads(done.out)
    assert [one["monthly_income_fen"] for one in shown["persons"]] == [200_000, 50]
    return str(shown["key"])


def test_a_file_from_opening_to_the_receipt_of_a_visit(office: Command, tmp_path: Path) -> None:
    number, photo = opened(office, tmp_path), tmp_path / "receipt.jpg"
    photo.write_bytes(picture())
    for act, *typed in (
        ("review", "--level", "深度困难", "--reason", "已核对", *SECOND),
        ("plan-visit", "--member", "m-1", "--amount", "1000", "--on", "2026-10-03", "--purpose", "元旦慰问", *FIRST),
        ("release-visit", "--visit", "1", *SECOND),
        ("hand-over", "--visit", "1", "--picture", photo, "--kind", "photographed", *FIRST),
    ):  # fmt: skip
        done = office("hardship", act, number, *typed)
        assert done.code == 0, done.err
    assert "已发放" in done.out and "张*" in done.out and "张三" not in done.out
    decided = office("hardship", "income-lines", "decide", "--organisation", "370102", "--line", "1000",
                     "--since", "2026-01-01", "--document", "示例〔2026〕3号", *FIRST)  # fmt: skip
    assert decided.code == 0 and "1,000 元" in decided.out, decided.err
