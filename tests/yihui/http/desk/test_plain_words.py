"""Every page of the officers' desk on the demo, in Chinese: no identifiers that a clerk would not understand."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from bench.desk import open_site
from bench.desk_addresses import UNOPENED, list_addresses
from bench.desk_rooms import plant_rooms
from bench.desk_town import build_demo
from tests.yihui.http.desk.officers import DEMO, Officers
from yihui.bootstrap import Wiring
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS

PAGES = sorted(path for method, path in OFFICER_PAGE_RIGHTS if method == "GET" and path not in UNOPENED)
_UNSEEN = frozenset({"script", "style", "svg", "head", "pre", "textarea"})
_INLINE = frozenset({"a", "b", "em", "i", "span", "strong", "time"})
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
    "/desk/rules/new/table": "the table of a rule names the rule's parameters as its text does",
    "/desk/rules/simulations/{id_}": "a simulation names rules and budgets as their texts do",
    "/desk/rules/versions/{hash_}/cases": "test cases are written in the text of a rule",
    "/desk/rules/versions/{hash_}/document.pdf": "a document, and no page",
}


class _VisibleText(HTMLParser):
    """Collects the text that is seen, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _UNSEEN
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _UNSEEN
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def visible_lines(html: str) -> list[str]:
    """Return the lines of the main part of a page as they are seen."""
    reader = _VisibleText()
    reader.feed("<main" + html.partition("<main")[2])
    return [" ".join(line.split()) for line in "".join(reader.parts).split("\n") if line.strip()]


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


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiring, Officers]]:
    """The demo with one thing in every room."""
    folder = tmp_path_factory.mktemp("town")
    build_demo(folder)
    with open_site(folder / "yihui-demo", runs_jobs=True) as (wiring, site):
        plant_rooms(wiring, site)
        yield wiring, site


@pytest.mark.parametrize("template", PAGES)
def test_a_page_says_what_a_clerk_would_say(template: str, town: tuple[Wiring, Officers]) -> None:
    wiring, site = town
    addresses = list_addresses(wiring, template)[:3]
    assert addresses, "plant something that the page shows, or state in UNOPENED why it shows nothing"
    for address in addresses:
        page = site.open(address, DEMO, "zh")
        assert page.status_code == 200, address
        if "text/html" in page.headers["content-type"] and not template.startswith(tuple(TECHNICAL)):
            lines = join_codes_to_names(visible_lines(page.text))
            found = {line: bad for line in lines if (bad := find_identifiers(line))}
            assert found == {}, address


@pytest.mark.parametrize(
    "line",
    [
        "制定单位 370000",
        "promised/autumn-tea",
        "行为 members.unmask",
        "状态 OPENED",
        "2fdaf648d735b0c7475b09cd8e9cdfd7",
    ],
)
def test_an_identifier_is_found(line: str) -> None:
    assert find_identifiers(line)


@pytest.mark.parametrize(
    "line", ["山东省总工会 370000", "会员 m-000012", "PB000001-000002", "金额 123,456 元"]
)
def test_a_word_or_number_of_the_trade_is_not(line: str) -> None:
    assert find_identifiers(line) == []


def test_a_code_in_the_cell_before_its_name_is_no_identifier() -> None:
    assert join_codes_to_names(["方案", "370202", "市南区"]) == ["方案", "370202 市南区"]
    assert join_codes_to_names(["370202", "12"]) == ["370202", "12"]


def test_every_page_that_is_left_out_is_a_page() -> None:
    assert set(UNOPENED) <= {path for method, path in OFFICER_PAGE_RIGHTS if method == "GET"}
