"""One reader for every YAML and JSON of settings and events: whatever it holds, it is read or refused, and soon."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.faults import FaultError
from core.json_keys import find_repeated_key
from core.yaml.loading import load_yaml
from core.yaml.yaml_text import MAX_YAML_CHARACTERS, parse_yaml_document
from geo.formats.mapping_file import read_mapping_file

LETTERS = "abcdefghijklmnop"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{LETTERS[i + 1]}: &{LETTERS[i + 1]} [{','.join(['*' + LETTERS[i]] * 9)}]\n" for i in range(8)
)
READERS: dict[str, Callable[[bytes, str], object]] = {
    "stations import --columns": read_mapping_file,
}
REFUSED = {  # text → code of its first fault, line
    BOMB: ("yaml.anchor", 1),
    "merchants: &m {a: b}\ncolumns: {<<: *m}\n": ("yaml.anchor", 1),
    "a: !!python/object/apply:os.system [ls]\n": ("yaml.tag", 1),
    "constants: {a: 0000-00-00}\n": ("yaml.no-such-day", 1),
    "constants: {a: 2026-02-30}\n": ("yaml.no-such-day", 1),
    "constants: {phone: 053188886666}\n": ("yaml.octal", 1),  # YAML would drop the 0
    "constants:\n  a: no\n": ("yaml.yes-no", 2),
    "layer: a\nlayer: b\n": ("yaml.duplicate-key", 2),
    "a: " + "[" * 1_000 + "]" * 1_000: ("yaml.not-yaml", 1),
    "a: [1, 2": ("yaml.not-yaml", 1),
    "a: " + "x" * MAX_YAML_CHARACTERS: ("yaml.large-file", 1),
}


@pytest.mark.parametrize("text", REFUSED, ids=[text[:24] for text in REFUSED])
def test_every_reader_refuses_what_hangs_or_misleads_it(text: str) -> None:
    with pytest.raises(FaultError) as caught:
        load_yaml(text.encode(), "m.yaml")
    first = caught.value.faults[0]
    assert (first.code, first.row) == REFUSED[text]
    assert first.file == "m.yaml" and first.remedy


@pytest.mark.parametrize("command", READERS)
def test_each_reader_refuses_a_bomb_and_a_number_of_five_thousand_digits(command: str) -> None:
    for text in (BOMB, f"constants: {{a: {'9' * 5_000}}}\nlayer: {'9' * 5_000}\n"):
        with pytest.raises(FaultError) as caught:  # each refuses a key that it doesn't have, or the field
            READERS[command](text.encode(), "m.yaml")
        assert all(fault.file == "m.yaml" for fault in caught.value.faults)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\xff", b"a: \xff", "a: 济南的驿站".encode("gb18030")],
    ids=["half", "byte", "gb18030"],
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    with pytest.raises(FaultError) as caught:
        load_yaml(content, "m.yaml")
    assert caught.value.code == "yaml.not-utf8"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_values_are_plain(encoding: str) -> None:
    text = "名: [甲, 12, 1.5, true, ~, 'no']\n"
    assert load_yaml(text.encode(encoding), "m.yaml") == {"名": ("甲", 12, 1.5, True, None, "no")}


def test_headers_of_coordinates_are_texts() -> None:
    assert load_yaml(b"columns: {lon: X, lat: Y, name: N}", "m.yaml") == {
        "columns": {"lon": "X", "lat": "Y", "name": "N"}
    }


def test_an_empty_file_holds_nothing() -> None:
    assert load_yaml(b"", "m.yaml") is None
    assert load_yaml(b"\xef\xbb\xbf \n", "m.yaml") is None


def test_no_module_reads_yaml_past_the_one_reader() -> None:
    root = Path(__file__).parents[2]
    rooms = [path.parent for path in root.glob("*/__init__.py") if path.parent.name not in ("tests", "tools")]
    assert root / "rules" in rooms
    files = [path for room in rooms for path in room.rglob("*.py")]
    imports = re.compile(r"^\s*(?:from|import) yaml\b", re.MULTILINE)
    readers = {str(path.relative_to(root)) for path in files if imports.search(path.read_text("utf-8"))}
    assert readers == {"core/yaml/yaml_text.py", "core/yaml/yaml_values.py"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"a": {"b": [{"c": 1, "d": 2, "c": 3}]}}', "c"),
        ('{"a": 1, "\\u0061": 2}', "a"),
        ('{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}', None),
        ('{"a": "\\"a\\": 1"}', None),
        ('{"a": 1, "a"', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_the_first_key_that_stands_twice_is_named(text: str, key: str | None) -> None:
    assert find_repeated_key(text) == find_repeated_key(text.encode()) == key


def signs(text: str) -> list[tuple[int | None, int | None, str | None]]:
    faults = parse_yaml_document("rule.yaml", text).sorted_faults()
    assert all(fault.code == "yaml.full-width" for fault in faults), [fault.text for fault in faults]
    return [(fault.row, fault.column, fault.value) for fault in faults]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id: a\ntitle：节日\non: x\n", [(2, 6, "：")]),
        ("id: a\ntitle： 节日\nbudget： x\non: y\n", [(2, 6, "："), (3, 7, "：")]),
        ("id: a\nbenefit: {kind： cash, amount_fen: 1}\n", [(2, 15, "：")]),
        ("id: a\nbenefit: {kind: cash， amount_fen: 1}\n", [(2, 21, "，")]),
        ("id: a\nbasis:\n  - kind：example\n    note: x\n", [(3, 9, "：")]),
        ("id: a\ntitle: “x: y”\n", [(2, 8, "“")]),
        ("id: a\nbenefit: ｛kind: cash｝\n", [(2, 10, "｛"), (2, 21, "｝")]),
    ],
)
def test_each_sign_is_named_at_its_own_place(text: str, found: list[tuple[int, int, str]]) -> None:
    assert signs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "title: 节日：慰问，券\n",
        'title: "a：b，c"\n',
        "title: 慰问券   # note：x，y\n",
        "else: 请说“是”\n",
        "title: 他说：“好”\n",
        "remedy: |\n  app：打开\n  然后，去办\n",
    ],
)
def test_texts_keep_their_signs(text: str) -> None:
    assert parse_yaml_document("rule.yaml", text).faults == []


def test_another_fault_above_the_signs_is_still_reported() -> None:
    faults = parse_yaml_document("rule.yaml", "id: a: b\ntitle：x\n").sorted_faults()
    assert [fault.code for fault in faults] == ["yaml.not-yaml", "yaml.full-width"]
