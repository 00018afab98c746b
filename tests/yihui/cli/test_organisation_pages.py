"""yihui organisations page: versions, publication, and all that a page's file can have wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.http.organisation_page_town import png

CODE = "370102001"
GOOD = "about: 我们是谁\nnotices:\n  - {title: 公告, on: 2026-11-01}\n"
Write = Callable[[str], Path]


@pytest.fixture
def town(yihui: Command) -> Command:
    for code, name in (("370102", "历下区总工会"), (CODE, "解放路街道工会联合会")):
        done = yihui(
            "organisations", "found", "--code", code, "--name", name, "--on", "2018-01-01", "--as", "li.min"
        )
        assert done.code == 0, done.err
    return yihui


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        (tmp_path / "page.yaml").write_text(text, "utf-8")
        return tmp_path / "page.yaml"

    return write


def page(town: Command, *arguments: object) -> dict[str, object]:
    done = town("organisations", "pages", *arguments, "--json")
    assert done.code == 0, done.err
    found: dict[str, object] = json.loads(done.out)
    return found


def test_each_version_stays_with_its_officer_and_the_same_twice_is_one(town: Command, write: Write) -> None:
    for text in (GOOD, GOOD, GOOD + "join: 来\n"):
        last = page(town, "edit", CODE, "--from", write(text), "--as", "li.min")
    assert (last["state"], last["published"]) == ("draft", None) and last["join"] == "来"
    for _ in range(2):
        assert page(town, "publish", CODE, "--number", 1, "--as", "gh-017")["published"] == 1
    assert page(town, "publish", CODE, "--as", "gh-017")["state"] == "published"
    assert page(town, "withdraw", CODE, "--as", "wang.fang")["published"] is None
    events = [(one["event"], one["detail"], one["by"]) for one in page(town, "show", CODE)["events"]]  # type: ignore[attr-defined]
    written = [("written", str(number), "li.min") for number in (1, 2)]
    done = [("published", "1", "gh-017"), ("published", "2", "gh-017"), ("withdrawn", "", "wang.fang")]
    assert sorted(events) == sorted([*written, *done])


def test_all_faults_of_a_file_are_told_at_once_and_nothing_is_stored(town: Command, write: Write) -> None:
    text = """\
about: 打 13812345678 找我 <b>重点</b>
join: "[来](javascript:alert(1))"
abuot: 写错的字段
posts:
  - {post: 主席, name: 张三, name_for: 公众, from: 明天}
notices:
  - {title: 公告, on: 2026-11-02, for: 不公开}
theme: {colour: "#999999", accent: 红色}
"""
    done = town("organisations", "pages", "edit", CODE, "--from", write(text), "--as", "li.min", "--json")
    assert done.code == 1
    said = done.err
    for place in (
        "about",
        "abuot",
        "name_for",
        "posts.0.from: 明天",
        "notices.0.for",
        "theme.colour",
        "theme.accent",
    ):
        assert place in said, said
    assert "2.84" in said and "13812345678" not in said
    assert page(town, "show", CODE)["state"] == "none"


def test_what_bad_input_gets(town: Command, write: Write) -> None:
    for text, said in (
        ("about: a\nstations: [nowhere]\n", "nowhere"),
        ("about: a\nstations: [x, x]\n", "x"),
        ('about: "[来](javascript:alert(1))"\n', "javascript:alert(1)"),
        ("about: a <b>重点</b>\n", "<b>"),
        ("about: a\ntheme: {logo: ../secret.png}\n", "../secret.png"),
        ("about: a\ntheme: {logo: /etc/passwd}\n", "/etc/passwd"),
        ("about: a\ntheme: {logo: missing.png}\n", "missing.png"),
        ("about: a\nposts: [{post: 主席, from: 2026-05-01, until: 2026-04-01}]\n", "2026-04-01"),
        ("about: a\nposts: [{post: 主席, name: 张三, name_for: }]\n", "name_for"),
        ("about: a\nnotices: [{title: 公告, on: }]\n", "notices.0.on"),
        ("- about\n", "about"),
        ("", "about"),
        ("about: 身份证 11010519491231002X\n", "about"),
        ('about: "\\u202E倒"\n', "U+202E"),
    ):
        done = town("organisations", "pages", "edit", CODE, "--from", write(text), "--as", "li.min")
        assert done.code in (1, 2) and said in done.err and "Traceback" not in done.err, done.err
        assert "11010519491231002X" not in done.err


def test_a_page_needs_an_organisation_that_goes_on(town: Command, write: Write) -> None:
    edit = ("organisations", "pages", "edit")
    assert "370199" in town(*edit, "370199", "--from", write(GOOD), "--as", "li.min").err
    done = town("organisations", "merge", CODE, "--into", "370102", "--on", "2026-10-01", "--as", "li.min")
    assert done.code == 0, done.err
    ended = town(*edit, CODE, "--from", write(GOOD), "--as", "li.min")
    assert ended.code == 1 and "370102" in ended.err
    assert town("organisations", "pages", "publish", "370102", "--as", "li.min").code == 1
    assert town("organisations", "pages", "withdraw", "370102", "--as", "li.min").code == 1


def test_blank_keys_are_absent_and_a_logo_is_kept_by_its_content(
    town: Command, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(png())
    text = "about:\nposts:\nnotices:\njoin:\ntheme: {logo: logo.png, name: }\n"
    logo = ("--logo", tmp_path / "logo.png")
    first = page(town, "edit", CODE, "--from", write(text), *logo, "--as", "li.min")
    assert first["state"] == "draft" and first["logo"] == "logo.png"
    (tmp_path / "logo.png").write_bytes(png(32, 32))
    second = page(town, "edit", CODE, "--from", write(text), *logo, "--as", "li.min")
    assert second["latest"] == 2, "a picture of other content is another version of the page"
    broken = town("organisations", "pages", "edit", CODE, "--from", write(text), "--logo", tmp_path / "page.yaml", "--as", "li.min")  # fmt: skip
    assert broken.code == 1 and "logo.png" in broken.err
