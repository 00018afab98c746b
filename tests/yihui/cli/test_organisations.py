"""An organisation's code is printed, scanned by a decoder that is not ours, opened, replaced and revoked."""

import io
import re
from pathlib import Path

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from tests.yihui.commands import Command
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

CODE, NAME = "370202001", "示例街道总工会"
SITE = "https://yihui.example"


@pytest.fixture
def organisations(yihui: Command, tmp_path: Path) -> Command:
    file = tmp_path / "organisations.csv"
    file.write_text(f"组织代码,组织名称\n{CODE},{NAME}\n", encoding="utf-8")
    assert yihui("organisations", "import", "--list", file).code == 0
    return yihui


def test_an_import_says_what_was_done_and_its_preview_does_not(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "organisations.csv"
    file.write_text(f"组织代码,组织名称\n{CODE},{NAME}\n", encoding="utf-8")
    done = "all of its changes are recorded"
    assert done not in yihui("organisations", "import", "--list", file, "--preview", lang="en").out
    said = yihui("organisations", "import", "--list", file, lang="en").out
    assert "Changes: 1" in said and done in said


@pytest.mark.parametrize("how", [[], ["--preview"], ["--preview", "--json"]])
def test_a_row_that_is_left_out_of_a_list_is_named_once(
    yihui: Command, tmp_path: Path, how: list[str]
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"组织代码,组织名称\n{CODE},{NAME}\n合计,1\n", encoding="utf-8")
    told = yihui("organisations", "import", "--list", file, *how, lang="en").words
    assert len(re.findall(r"list\.csv:3: |\brow 3: ", told)) == 1


def scan(picture: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(picture)).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    return str(found.text)


def print_code(command: Command, file: Path, *more: str) -> str:
    """What a phone reads from the printed code."""
    assert command("organisations", "link", CODE, "--as", "li.min", *more).code == 0
    done = command("organisations", "qr", CODE, "--out", file, "--base", SITE)
    assert done.code == 0 and NAME in done.out, done.err
    return scan(file.read_bytes())


def test_a_printed_code_is_scanned_opened_replaced_and_revoked(
    organisations: Command, tmp_path: Path
) -> None:
    scanned = print_code(organisations, tmp_path / "code.png")
    assert scanned.startswith(f"{SITE}/join/YH1")
    assert print_code(organisations, tmp_path / "again.png") == scanned, "the same print any time"
    new = print_code(organisations, tmp_path / "new.png", "--replace")
    assert new != scanned
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path))
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as phone:
        good = phone.get(new.removeprefix(SITE))
        assert good.status_code == 200 and NAME in good.text
        old = phone.get(scanned.removeprefix(SITE))
        assert old.status_code == 410 and "已更换" in old.text
        assert new.removeprefix(SITE) in old.text, "the page leads to the new code"
        for path, status, words in (
            (new.removeprefix(SITE)[:-9] + "AAAAAAAA" + new[-1], 403, "伪造"),
            ("/join/YH1", 404, "不完整"),
            ("/join/二维码", 404, "不完整"),
            ("/join/" + "A" * 300, 404, "不完整"),
        ):
            answer = phone.get(path)
            assert answer.status_code in (status, 404) and (
                "伪造" in answer.text or "不完整" in answer.text
            ), words
        english = phone.get(old.url.path + "?lang=en")
        assert "replaced by a new one" in english.text
        ended = organisations("organisations", "revoke-link", CODE, "--as", "li.min", "--reason", "印错")
        assert ended.code == 0
        for path in (scanned, new):
            gone = phone.get(path.removeprefix(SITE))
            assert gone.status_code == 410 and "已作废" in gone.text
    wiring.close()


def test_the_a5_page_holds_name_steps_and_a_code_that_is_read(organisations: Command, tmp_path: Path) -> None:
    page = tmp_path / "code.html"
    assert organisations("organisations", "link", CODE, "--as", "li.min").code == 0
    done = organisations("organisations", "qr", CODE, "--out", page, "--base", SITE)
    text = page.read_text("utf-8")
    assert done.code == 0 and NAME in text and "A5" in text and len(re.findall("<li>", text)) == 3
    assert "script" not in re.sub("<style>.*</style>", "", text, flags=re.DOTALL)


def test_what_can_not_be_printed_is_refused_and_writes_nothing(
    organisations: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for act in (("qr", "--out", "x.svg"), ("revoke-link", "--as", "li.min")):
        done = organisations("organisations", act[0], CODE, *act[1:])
        assert done.code == 1 and "没有有效的链接" in done.err
    assert organisations("organisations", "link", CODE, "--as", "li.min").code == 0
    for code, more, words in (
        (CODE, ["--out", "x.gif"], "不是 SVG、PNG 或 HTML"),
        (CODE, ["--out", "x.svg", "--base", "yihui"], "yihui"),
        ("370202999", ["--out", "y.svg"], "没有组织"),
    ):
        done = organisations("organisations", "qr", code, *more)
        assert done.code != 0 and words in done.err
    assert not list(tmp_path.glob("*.svg"))
