"""yihui report coverage: the files that it writes, and what it says where it can't."""

import io
import json
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from tests.yihui.commands import Command, commands_through
from tests.yihui.officer_commands import WGS84
from yihui.cli import run_command_line
from yihui.views.pdf import CHINESE_FONTS, ReportUnavailable, find_chinese_font

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.thorough  # one report is made for all of them
AREA, AT = "370102", "2026-10-14T10:00+08:00"
RUN = "<img src=x onerror=document.title='run'>"
REGISTER = (
    "编号,名称,类型,经度,纬度,地址,区县,开放时间,开放对象,示例\n"
    f'A,"{RUN}驿站",户外劳动者驿站,117.06,36.66,泉城路1号,历下区,8:00-20:00,对公众开放,示例\n'
    "B,=1+1妈妈小屋,妈妈小屋,117.11,36.68,明湖路2号,历下区,24小时,对公众开放,示例\n"
    "C,没有位置的驿站,驿站,,,经十路3号,历下区,9:00-17:00,对公众开放,示例\n"
    "D,看门口公告的驿站,驿站,117.08,36.64,经十路4号,历下区,以门口公告为准,对公众开放,示例\n"
)
A4_POINTS = (595.28, 841.89)


@dataclass(frozen=True)
class Made:
    """Everything that one command wrote."""

    folder: Path
    data: Path
    said: dict[str, Any]
    err: str

    @property
    def page(self) -> str:
        return (self.folder / "report.html").read_text("utf-8")


def arguments(folder: Path, *more: str) -> list[str]:
    files = (
        ("--html", "report.html"),
        ("--pdf", "report.pdf"),
        ("--xlsx", "report.xlsx"),
        ("--map", "map.html"),
        ("--png", ""),
    )
    named = [part for option, name in files for part in (option, str(folder / name))]
    return ["report", "coverage", "--area", AREA, "--at", AT, *named, *more]


def set_environment(patch: pytest.MonkeyPatch, data: Path, folder: Path) -> None:
    patch.setenv("YIHUI_DATA_FOLDER", str(data))
    patch.setenv("YIHUI_DATABASE_URL", str(folder / "yihui.db"))
    patch.setenv("YIHUI_NOW", "2026-10-15T09:00+08:00")


@pytest.fixture(scope="module")
def made(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One run with all outputs: it costs seconds."""
    folder = tmp_path_factory.mktemp("report")
    register = folder / "stations.csv"
    register.write_text(REGISTER, encoding="utf-8")
    imported = ["stations", "import", str(register), *WGS84, "--partial", "--sample"]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(err):
        logs = logging.StreamHandler(err)  # libraries log on standard error, as at the entry point
        patch.setattr(logging.getLogger(), "handlers", [*logging.getLogger().handlers, logs])
        set_environment(patch, data_folder, folder)
        with redirect_stdout(io.StringIO()):
            assert run_command_line(imported, "zh") == 0, err.getvalue()
        with redirect_stdout(out):
            assert run_command_line([*arguments(folder, "--sites", "2"), "--json"], "zh") == 0, err.getvalue()
    return Made(folder, data_folder, json.loads(out.getvalue()), err.getvalue())


@pytest.fixture
def yihui(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """On the same register."""
    set_environment(monkeypatch, made.data, made.folder)
    return commands_through(capsys)


def test_json_holds_all_figures_and_the_files_are_named_on_the_other_stream(
    made: Made, yihui: Command
) -> None:
    figures, tables = made.said["figures"], made.said["tables"]
    assert (made.said["area"], made.said["area_name"]) == (AREA, "历下区")
    assert [figures["places"][name] for name in ("total", "unplaced", "usable")] == [4, 1, 2]
    assert made.said["sample"] is True
    assert len(tables["week"]) == 24
    assert len(tables["sites"]) == 2
    for name in (
        "report.html",
        "report.pdf",
        "report.xlsx",
        "map.html",
        "coverage.png",
        "night.png",
        "gaps.png",
        "proposals.png",
    ):
        assert (made.folder / name).exists()
        assert name in made.err


def test_a_name_that_is_markup_is_shown_and_not_obeyed(made: Made) -> None:
    assert RUN not in made.page
    assert "&lt;img src=x" in made.page
    assert RUN not in (made.folder / "map.html").read_text("utf-8")


@pytest.mark.needs("chromium")
def test_the_page_fetches_nothing_runs_nothing_and_fits_screen_and_phone(
    made: Made, browser: "Browser"
) -> None:
    for width in (1440, 390):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((made.folder / "report.html").as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [
            (made.folder / "report.html").as_uri()
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.title() == "历下区工会服务站点覆盖报告"
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 1000)")
        heads = "[...document.querySelectorAll('th')].map(one => one.getBoundingClientRect().width)"
        assert min(page.evaluate(heads)) > 30, "no head stands one sign above the other"
        ends = "[...document.querySelectorAll('caption')].map(one => one.getBoundingClientRect().right)"
        assert max(page.evaluate(ends)) <= width, "no title is cut off"
        context.close()


def test_every_page_of_the_pdf_is_a4_numbered_and_cuts_nothing_off(made: Made) -> None:
    document = pypdfium2.PdfDocument(made.folder / "report.pdf")
    assert len(document) >= 6
    for number, page in enumerate(document, 1):
        assert page.get_size() == pytest.approx(A4_POINTS, abs=0.5)
        text = page.get_textpage().get_text_range()
        if number == 1:
            assert "历下区工会服务站点覆盖报告" in text
            assert "示例" in text
            continue
        assert f"{number} / {len(document)}" in text
        assert len(text) > 120, f"page {number} is all but empty"
        right = page.render(scale=1).to_numpy()[:, -36:]  # 13 mm
        assert (right == 255).all(), f"something reaches into the margin of page {number}"


def test_the_workbook_has_a_sheet_for_every_table_and_its_numbers_are_numbers(made: Made) -> None:
    book = CalamineWorkbook.from_path(made.folder / "report.xlsx")
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    [county] = [row for row in sheets["按县（市、区）"] if row[1] == AREA]
    tables = made.said["tables"]
    area = next(one for one in tables["counties"] if one["code"] == AREA)
    assert county[2:8] == pytest.approx(
        [area[n] for n in ("places", "usable", "demand", "served", "share", "night_share")]
    )
    (_, week), *_ = [one for one in sheets.items() if "起的一周" in one[0]]
    assert [cell for row in week[1:] for cell in row[1:]] == pytest.approx(
        [share for hour in tables["week"] for share in list(hour.values())[1:]]
    )
    gaps = sheets["全周任何时段都没有开门站点的空白区"[:31]][1:]
    assert [row[:3:2] for row in gaps] == [[gap["rank"], gap["demand"]] for gap in tables["gaps"]]
    assert (
        len(sheets) == 11
    )  # about, counties, week, day, distances, equity, two of gaps, sites, curve, cells


def test_nothing_in_the_workbook_runs(made: Made) -> None:
    """A place named =1+1… is a text, with the mark that keeps it one."""
    book = CalamineWorkbook.from_path(made.folder / "report.xlsx")
    texts = [
        cell
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
        if isinstance(cell, str)
    ]
    assert not [text for text in texts if text.startswith(("=", "+", "@"))]


@pytest.mark.parametrize("name", ["coverage", "night", "access", "gaps", "proposals"])
def test_a_map_is_a_small_png_with_ink_on_it(made: Made, name: str) -> None:
    file = made.folder / f"{name}.png"
    assert file.stat().st_size < 500_000
    with Image.open(file) as picture:
        assert picture.size[0] == 1440
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20


def test_the_gaps_of_the_first_ranks_are_the_darkest_and_those_at_some_hours_have_a_colour_of_their_own(
    made: Made,
) -> None:
    with Image.open(made.folder / "gaps.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    for colour in ((166, 54, 3), (240, 228, 66)):
        assert (np.abs(pixels - colour).max(axis=-1) <= 8).sum() > 5_000


NIGHT = ("report", "coverage", "--area", AREA, "--at", "2026-10-14T23:10+08:00")


def test_the_workbook_of_a_night_has_a_sheet_of_that_moment(yihui: Command, tmp_path: Path) -> None:
    done = yihui(*NIGHT, "--xlsx", tmp_path / "report.xlsx")
    assert done.code == 0, done.err
    sheets = CalamineWorkbook.from_path(tmp_path / "report.xlsx").sheet_names
    assert "该时刻与夜间地图的格网" in sheets, "a sheet's name holds no colon"
    distance = next(line for line in done.out.splitlines() if line.startswith("距离："))
    assert "23:00" not in distance, "the night's own hour says it again"


def test_without_weasyprint_the_remedy_is_told_and_all_but_the_pdf_is_written(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    files = ("--pdf", tmp_path / "report.pdf", "--xlsx", tmp_path / "report.xlsx")
    done = yihui("report", "coverage", "--area", AREA, *files)
    assert done.code == 3
    assert "yihui[report]" in done.err and done.out
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("report")] == ["report.xlsx"]


def test_without_a_chinese_font_the_remedy_is_told() -> None:
    from yihui.runtime.errors import problem_of
    from yihui.runtime.language import load_language

    file, face = find_chinese_font()
    assert Path(file).name in dict(CHINESE_FONTS) and dict(CHINESE_FONTS)[Path(file).name] == face
    with pytest.raises(ReportUnavailable) as raised:
        find_chinese_font([("NoSuchFont.ttc", 0)])
    problem = problem_of(raised.value, load_language("zh"))
    assert problem is not None
    assert problem.exit_code == 3
    assert "fonts-noto-cjk" in problem.errors[0].remedy
