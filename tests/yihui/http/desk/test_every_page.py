"""Every page of the officers' desk on the demo: it opens, says what a clerk understands, and can be read in Chromium.

A commit's run opens every page of a smaller union: test_pages_of_neighbours.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from bench.desk import NOW, open_site
from bench.desk_addresses import UNOPENED, list_addresses
from bench.desk_rooms import plant_rooms
from bench.desk_town import build_demo
from tests.yihui.http.desk.readers import FOR_EACH_READER, Reader, require_readable_pages
from tests.yihui.http.serving import serving
from tests.yihui.http.visible_text import visible_lines
from tools.servers.desk import DEMO, Officers
from yihui.bootstrap import Wiring
from yihui.http.desk.rights import officer_page_rights

pytestmark = pytest.mark.endure

PAGES = sorted(path for method, path in officer_page_rights() if method == "GET" and path not in UNOPENED)
_IDENTIFIER = re.compile(
    r"[a-z]+[-_/.][a-z0-9_-]+"  # autumn-tea, promised/autumn-tea, members.unmask
    r"|\b[A-Z_]{4,}\b"
    r"|(?<![\w.,:-])\d{6}(?![\w.,-])"  # an area's code
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-|\b[0-9a-f]{32}\b"
)
# An area's or an organisation's code beside its name tells two of the same name apart.
_NAMED_CODE = re.compile(r"[会省市区县域][ ·（(]+\d{6}|\d{6}[ ·]+[\u4e00-\u9fff]{2,}")
# What may stand on a page though it is no word, and why.
EXCEPTIONS: tuple[tuple[str, str], ...] = (
    (r"m-\d{6}", "a member's number: members have no name on lists"),
    (r"SAMPLE-\d{6}-\w+", "a station's number in its register, as its sign has it"),
    (r"PB\d{6}(-\d{6})?", "a payment's number, as the bank returns it"),
    (r"/sample/[a-z]+\s+e-\d+", "the source and number of an event: evidence in the proof of a payment"),
    (r"命令 [a-z -]+", "a command of the console, as somebody typed it"),
    (r"(?<=[\u4e00-\u9fff])（(li\.min|gh-017)）", "an officer's log-in beside the post"),
    (r"[\w/-]+\.(csv|yaml|jsonl?|xlsx)(:\d+)?", "the name of a file that somebody gave"),
    (r"\b(XLSX|JPEG|YAML|JSON|EPSG|GEOJSON)\b", "a format of files by the name that programs print"),
    (r"shandong-sample", "the name of a register, as its importer wrote it"),
    (r"rounding:99", "how a tolerance of a bill is typed"),
    (r"\.cases\.yaml|\.heads\.json", "the ending of a file's name"),
)
# Pages that are opened but may name what no clerk understands, by how their addresses begin, and why.
TECHNICAL = {
    "/desk/stream": "a room of operators",
    "/desk/rules/simulations/{id_}": "a simulation names rules and budgets as their texts do",
    "/desk/rules/versions/{hash_}/cases": "test cases are written in the text of a rule",
    "/desk/rules/versions/{hash_}/document.pdf": "a document, and no page",
}


def join_codes_to_names(lines: list[str]) -> list[str]:
    """Return the lines with each cell that holds an area's code joined to the cell with the name beside it."""
    return re.sub(r"^(\d{6})\n(?=[\u4e00-\u9fff]{2})", r"\1 ", "\n".join(lines), flags=re.MULTILINE).split(
        "\n"
    )


def find_identifiers(line: str) -> list[str]:
    """Return what of a line a clerk would not understand."""
    for pattern, _ in EXCEPTIONS:
        line = re.sub(pattern, " ", line)
    return _IDENTIFIER.findall(_NAMED_CODE.sub(" ", line))


@dataclass(frozen=True, slots=True)
class Town:
    """The demo with one thing in every room."""

    folder: Path
    wiring: Wiring
    site: Officers


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    build_demo(folder)
    with open_site(folder / "yihui-demo", runs_jobs=True) as (wiring, site):
        plant_rooms(wiring, site)
        yield Town(folder / "yihui-demo", wiring, site)


@pytest.fixture(scope="module")
def answers(town: Town) -> dict[str, dict[str, httpx.Response]]:
    """Up to three addresses of each page that show something, with their answers in Chinese."""
    return {
        template: {one: town.site.open(one, DEMO, "zh") for one in list_addresses(town.wiring, template)[:3]}
        for template in PAGES
    }


def is_page(answer: httpx.Response) -> bool:
    """Whether an answer is a page: no file, and no part that a script puts into one."""
    return "text/html" in answer.headers["content-type"] and "<!doctype html" in answer.text.lower()


def test_every_page_says_what_a_clerk_would_say(answers: dict[str, dict[str, httpx.Response]]) -> None:
    assert set(UNOPENED) <= {path for method, path in officer_page_rights() if method == "GET"}
    empty = [template for template in PAGES if not answers[template]]
    assert empty == [], "plant something that the page shows, or state in UNOPENED why it shows nothing"
    found: dict[str, object] = {}
    for template in PAGES:
        for address, answer in answers[template].items():
            if answer.status_code != httpx.codes.OK:
                found[address] = answer.status_code
            elif is_page(answer) and not template.startswith(tuple(TECHNICAL)):
                lines = join_codes_to_names(visible_lines(answer.text))
                found |= {f"{address}: {line}": bad for line in lines if (bad := find_identifiers(line))}
    assert found == {}


@pytest.mark.needs("chromium")
@FOR_EACH_READER
def test_everybody_can_read_every_page_and_it_is_small(
    browser: Browser, town: Town, answers: dict[str, dict[str, httpx.Response]], reader: Reader
) -> None:
    firsts = [next(iter(one.items())) for one in answers.values()]
    paths = [address for address, answer in firsts if is_page(answer)]
    with serving(
        town.folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(town.folder / "my-rules")
    ) as address:
        require_readable_pages(browser, address, reader, paths)
