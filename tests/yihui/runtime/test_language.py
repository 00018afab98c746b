"""Everything that a user may see is there in Chinese, with the same places to fill in."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from geo.station import Access, Entry, Kind, OpeningState, Status
from rules.model.benefit import BenefitKind
from yihui.runtime.language import (
    LOCALE_FOLDER,
    language_from_arguments,
    language_from_environment,
    language_from_header,
    load_language,
)

ROOT = Path(__file__).parents[3]
ROOMS = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui")
KEYWORDS = {"N_": None, "_": None, "say": None, "tell": None, "render": None}
_PAUSE, _STRING = r"(?:\s|#.*\n)*", r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = rf"\b(?:{'|'.join(KEYWORDS)})\({_PAUSE}"
# A text, written as one string or as several that follow each other, is the first of the arguments.
_MARKED = re.compile(rf"{_CALL}({_STRING}(?:{_PAUSE}{_STRING})*){_PAUSE}[,)]")
_WRITTEN_OTHERWISE = re.compile(rf"""{_CALL}(?:[rRuU]["']|\"\"\"|\'\'\')""")
_PLACEHOLDER = re.compile(r"\{(\w+)")


def _is_message(text: str) -> bool:
    """Templates are rendered by a method of the same name."""
    return bool(text) and (" " in text or not text.endswith(".html"))


@cache
def _extracted() -> list[tuple[str, str]]:
    """Every text marked for the catalogue, with where it stands."""
    return [*_python_texts(), *_page_texts()]


def _python_texts() -> Iterator[tuple[str, str]]:
    """Found without a syntax tree of every file, which takes ten times as long."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    for path in [*files, ROOT / "tools" / "stack.py", ROOT / "tools" / "rules_reference.py"]:
        code = path.read_text("utf-8")
        assert not _WRITTEN_OTHERWISE.search(code), f"{path}: write marked texts as plain strings"
        for found in _MARKED.finditer(code):
            text = ast.literal_eval(f"({found[1]})")
            if _is_message(text):
                yield text, f"{path.relative_to(ROOT)}:{code.count(chr(10), 0, found.start()) + 1}"


def _page_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "yihui" / "templates").rglob("*.html")):
        for line, text, *_ in extract_from_file("jinja2.ext:babel_extract", str(path), keywords=KEYWORDS):
            if isinstance(text, str) and text:
                yield text, f"{path.relative_to(ROOT)}:{line}"
    for path in sorted((ROOT / "web" / "src").rglob("*.ts")):
        for line, text, *_ in extract_from_file("javascript", str(path), keywords={"translate": None}):
            if isinstance(text, str) and text:
                yield text, f"{path.relative_to(ROOT)}:{line}"


def _said_through_variables() -> set[str]:
    """Values of enumerations and kinds of benefits are their own texts."""
    values = {item.value for enum in (Access, Entry, Kind, OpeningState, Status) for item in enum}
    return values | set(get_args(BenefitKind))


def _catalogues() -> list[tuple[Path, Catalog]]:
    paths = sorted((LOCALE_FOLDER / "zh" / "LC_MESSAGES").glob("*.po"))
    return [(path, read_po(path.open("rb"), locale="zh")) for path in paths]


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return {
        str(message.id): str(message.string)
        for _, catalogue in _catalogues()
        for message in catalogue
        if message.id
    }


def test_every_text_has_its_chinese(chinese: dict[str, str]) -> None:
    missing = sorted({f"{where}: {text!r}" for text, where in _extracted() if not chinese.get(text)})
    assert missing == []


def test_the_chinese_fills_in_the_same_places(chinese: dict[str, str]) -> None:
    wrong = [
        text
        for text, words in chinese.items()
        if set(_PLACEHOLDER.findall(words)) - set(_PLACEHOLDER.findall(text))
    ]
    assert wrong == []


def test_no_text_is_translated_in_two_ways() -> None:
    seen: dict[str, str] = {}
    wrong = [
        f"{path.name}: {message.id}"
        for path, catalogue in _catalogues()
        for message in catalogue
        if message.id and seen.setdefault(str(message.id), str(message.string)) != str(message.string)
    ]
    assert wrong == []


def test_no_text_stays_in_the_catalogue_that_nobody_says() -> None:
    """Save what is said through a variable: enum values, facts, units, typer's own words."""
    said = {text for text, _ in _extracted()} | _said_through_variables()
    unsaid = [
        f"{path.name}: {message.id!r}"
        for path, catalogue in _catalogues()
        for message in catalogue
        if path.name != "typer.po" and message.id and message.id not in said
    ]
    assert unsaid == []


def test_english_has_a_form_of_its_own_for_one_thing() -> None:
    path = LOCALE_FOLDER / "en" / "LC_MESSAGES" / "numbers.po"
    said = {text for text, _ in _extracted()}
    assert {message.id[0] for message in read_po(path.open("rb")) if message.id} <= said
    english, chinese = load_language("en"), load_language("zh")
    shown = [english.render("{count} days left", count=count) for count in (0, 1, 2, "1", "1,001")]
    assert shown == ["0 days left", "1 day left", "2 days left", "1 day left", "1,001 days left"]
    assert english.render("{count} payments, {yuan} yuan", count=2, yuan="1") == "2 payments, 1 yuan"
    assert chinese.render("{count} days left", count=1) == "还有 1 天"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "zh"),  # nothing is said
        ({"LANG": "C.UTF-8"}, "zh"),  # says nothing either
        ({"LC_ALL": "C.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),  # containers; LC_ALL overrides LANG
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "YIHUI_LANG": "en"}, "en"),
        ({"LANG": "ca_ES.UTF-8", "LC_ALL": ""}, "zh"),  # Catalan is not C
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "YIHUI_LANG": "en"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "zh"),  # we have no French
    ],
)
def test_the_locale_chooses_the_language_and_chinese_is_the_default(
    environ: dict[str, str], wanted: str
) -> None:
    assert language_from_environment(environ) == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", "zh"),
        ("en", "en"),
        ("fr, en;q=0.5", "en"),
        ("en;q=0.3, zh-CN;q=0.9", "zh"),
        ("en;q=0", "zh"),
        ("en;q=x", "zh"),
    ],
)
def test_accept_language_is_weighed(header: str, wanted: str) -> None:
    assert language_from_header(header) == wanted


def test_the_command_line_is_looked_at_before_it_is_parsed() -> None:
    assert language_from_arguments(["stations", "--lang", "en"]) == "en"
    assert language_from_arguments(["--lang=zh"]) == "zh"
    assert language_from_arguments(["--lang"]) is None


def test_a_placeholder_without_a_value_never_hides_a_message() -> None:
    assert load_language("en").render("{value} is wrong") == "{value} is wrong"
