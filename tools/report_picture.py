"""Create the coverage report of an area and pictures of it: its maps, its first screen, its A4 pages.

python -m tools.report_picture 370100 --data build/demo --to docs/pictures
"""

import argparse
import os
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image

from tools.browser import open_chromium, save_small_png
from yihui.cli import run_command_line

REPORT_AT, NOW = (
    "2026-10-09T10:00+08:00",
    "2026-10-10T09:00+08:00",
)  # a Friday; both fixed, so that the pictures repeat
MAP_NAMES = ("coverage", "night", "access", "gaps", "proposals")
COLUMNS, PAGE_SCALE = 4, 0.62
WIDTH, HEIGHT = 1440, 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("area", help="six-digit code")
    parser.add_argument("--data", type=Path, default=Path("build/demo"), help="the demo's folder")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--sites", type=int, default=10)
    given = parser.parse_args()
    os.environ |= {"YIHUI_DATA_FOLDER": str(given.data), "YIHUI_NOW": NOW}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if code := run_command_line(report_command(given.area, given.sites, folder), "zh"):
            raise SystemExit(code)
        for part in MAP_NAMES:
            (given.to / f"report-{given.area}-{part}.png").write_bytes((folder / f"{part}.png").read_bytes())
        capture_screen(folder / "report.html", given.to / f"report-{given.area}-screen.png")
        render_pdf_pages(folder / "report.pdf", given.to / f"report-{given.area}-a4.png")


def report_command(area: str, sites: int, folder: Path) -> list[str]:
    """Return the command that an officer would type."""
    files = {"--html": "report.html", "--pdf": "report.pdf", "--xlsx": "report.xlsx", "--png": ""}
    outputs = [part for option, name in files.items() for part in (option, str(folder / name))]
    wanted = ["--area", area, "--at", REPORT_AT, "--register", "shandong-sample", "--sites", str(sites)]
    return ["report", "coverage", *wanted, *outputs]


def capture_screen(page_file: Path, picture: Path) -> None:
    """Save the first screen of 1440 × 900 of the page, loaded without a network."""
    with open_chromium() as browser:
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=True)
        page = context.new_page()
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        page.screenshot(path=picture)
    save_small_png(Image.open(picture), picture)


def render_pdf_pages(pdf: Path, picture: Path) -> None:
    """Save one picture with all pages in rows side by side."""
    document = pypdfium2.PdfDocument(pdf)
    shown = [page.render(scale=PAGE_SCALE).to_pil().convert("RGB") for page in document]
    width, height = shown[0].size
    rows = -(-len(shown) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + 8) + 8, rows * (height + 8) + 8), "#79848e")
    for number, page in enumerate(shown):
        sheet.paste(page, (8 + number % COLUMNS * (width + 8), 8 + number // COLUMNS * (height + 8)))
    save_small_png(sheet, picture)


if __name__ == "__main__":
    main()
