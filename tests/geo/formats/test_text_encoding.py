"""Text files in the encodings of Chinese programs: the right text, or none."""

import json
import re
from pathlib import Path

import pytest

from core.faults import FaultError
from geo.formats.text_encoding import decode_text_file

SIMPLIFIED = "名称,类型,地址\n泉城路驿站,户外劳动者驿站,济南市历下区泉城路1号\n饕餮街驿站,驿站,淄博市临淄区\n"
TRADITIONAL = "名稱,類型,地址\n臺北車站哺集乳室,哺乳室,臺北市中正區北平西路3號\n東門驛站,驛站,歷下區\n"
WRITTEN_WRONG = re.compile(r"[\ue000-\uf8ff\ufffd]")


@pytest.mark.parametrize("encoding", ["big5", "cp950", "big5hkscs"])
def test_big5_is_read_and_announced(encoding: str) -> None:
    text, (note,) = decode_text_file(TRADITIONAL.encode(encoding), "a.csv")
    assert text == TRADITIONAL
    assert (note.value, note.severity) == ("Big5", "warning")


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL])
def test_gb18030_is_read_and_announced_in_both_scripts(text: str) -> None:
    read, (note,) = decode_text_file(text.encode("gb18030"), "a.csv")
    assert read == text
    assert note.value == "GB18030"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name\n驿站\n", "gb18030"),
        ("a,b\n重,啊\n", "gb18030"),
        ("name\n驛站\n", "big5"),
        ("名稱\n恒春裏\n", "cp950"),  # with characters that only some variants of Big5 have
        ("名稱,地址\n着衫間,西營盤正街\n", "big5hkscs"),
    ],
)
def test_a_few_characters_are_enough(text: str, encoding: str) -> None:
    assert decode_text_file(text.encode(encoding), "a.csv")[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("名称,住所\nひまわり駅,東京都千代田区丸の内\nさくら駅,大阪市北区梅田\n", "shift_jis"),
        (
            "이름,주소\n서울역,서울특별시 중구 한강대로\n부산역,부산광역시 동구 중앙대로\n인천공항,인천광역시 중구 공항로\n",
            "cp949",
        ),
        ("name,address\nCafé Müller,Straße des 17. Juni, München\n", "cp1252"),
    ],
)
def test_another_encoding_is_refused_and_never_guessed(text: str, encoding: str) -> None:
    with pytest.raises(FaultError) as caught:
        decode_text_file(text.encode(encoding), "a.csv")
    assert caught.value.short_code in ("mojibake", "undecodable")
    assert caught.value.faults[0].row is not None


@pytest.mark.parametrize(
    "wrong",
    [
        SIMPLIFIED.encode().decode("latin-1"),
        SIMPLIFIED.encode().decode("cp1252", "replace"),
        SIMPLIFIED.encode().decode("gb18030", "replace"),
        "名称,地址\n锟斤拷锟斤拷,历下区\n",
    ],
)
def test_text_that_was_broken_before_it_was_saved_is_refused(wrong: str) -> None:
    with pytest.raises(FaultError) as caught:
        decode_text_file(wrong.encode(), "a.csv")
    assert caught.value.short_code == "broken_text"


@pytest.mark.parametrize(
    "text", [SIMPLIFIED, TRADITIONAL, "name\nCafé «Été» à 5 €\n", "名称\n联通驿站\n", "ÄÖÜäöü ß\n"]
)
def test_utf_8_is_read_as_it_is(text: str) -> None:
    assert decode_text_file(text.encode(), "a.csv") == (text, ())


@pytest.mark.needs("shared")
def test_real_rows_are_read_in_the_encoding_in_which_they_were_saved(shared: Path) -> None:
    rows = json.loads((shared / "stations" / "tw_nursing_rooms_geocoded.json").read_text("utf-8"))
    rows = rows if isinstance(rows, list) else rows["data"]
    lines = [f"{row['name']},{row['address']}\n" for row in rows][::40]
    for encoding in ("big5hkscs", "gb18030"):
        for line in lines:
            content = line.encode(encoding, "ignore")
            text, _ = decode_text_file(content, "a.csv")
            assert text == content.decode(encoding), line
            assert not WRITTEN_WRONG.search(text)
