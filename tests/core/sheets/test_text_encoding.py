"""Text files in the encodings of Chinese programs: the right text, or none."""

import codecs
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.faults import FaultError
from core.sheets.text_encoding import broken_text_fault, decode_text_file

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


def test_a_cell_of_gbk_that_was_read_as_latin_letters_is_known() -> None:
    for encoding in ("latin-1", "cp1252"):
        assert broken_text_fault("历下区总工会驿站".encode("gbk").decode(encoding)) is not None
    for text in ("Café «Été» à 5 €", "Æøßåäö", "São João Ção", "½·¼ m²", "25°C", "历下驿站", "··"):
        assert broken_text_fault(text) is None


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


MARKS = {
    "none": b"",
    "UTF-8": codecs.BOM_UTF8,
    "UTF-16 LE": codecs.BOM_UTF16_LE,
    "UTF-16 BE": codecs.BOM_UTF16_BE,
}
WORDS = ("驿站", "驛站", "站", "工会", "工會", "街道", "妈妈小屋", "哺集乳室", "公园", "路", "广场", "醫院")


@st.composite
def names(draw: st.DrawFn) -> str:
    """A name of a station: frequent and a few rare characters, and often a word that stations have.

    It begins with a frequent one: nothing tells in which encoding a file is that holds rare characters alone (湳湳 in
    GB18030 is 钟钟 in Big5-HKSCS).
    """
    frequent = st.integers(0, 40 * 94 - 6).map(
        lambda n: bytes((0xB0 + n // 94, 0xA1 + n % 94)).decode("gb2312")
    )
    level_1 = st.integers(0xA440, 0xC67E).map(lambda n: n.to_bytes(2, "big").decode("big5", "ignore"))
    rare = st.sampled_from("饕餮暐湳埕垚犇堃邨峯")
    first = draw(st.one_of(frequent, level_1))
    letters = draw(st.lists(st.one_of(frequent, level_1, frequent, level_1, rare), min_size=1, max_size=7))
    return first + "".join(letters) + draw(st.sampled_from(("", "0", " A座", *WORDS)))


@example(["一邨"], "gb18030", "none")  # two letters of other scripts in UTF-8
@given(
    st.lists(names(), min_size=1, max_size=4),
    st.sampled_from(("gb18030", "big5", "utf-8")),
    st.sampled_from([*MARKS]),
)
def test_a_name_is_read_rightly_or_refused_whatever_the_mark_says(
    stations: list[str], encoding: str, mark: str
) -> None:
    content = "\n".join(("name", *stations)).encode(encoding, "ignore")
    try:
        text, _ = decode_text_file(MARKS[mark] + content, "a.csv")
    except FaultError as error:
        assert encoding != "utf-8" or error.short_code == "broken_text"
        assert error.short_code in ("ambiguous", "undecodable", "mojibake", "broken_text")
    else:
        assert text == content.decode(encoding)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("鲁路".encode("gbk"), "UTF-8、GB18030"),  # in UTF-8 ³·
        (codecs.BOM_UTF8 + "泰山".encode("gbk"), "UTF-8、GB18030"),  # the mark doesn't make Cyrillic of it
        ("啊".encode("gbk"), "GB18030、Big5"),  # 陛
        ("a,b\n重,啊\n".encode("gbk"), "GB18030、Big5"),  # 笭,陛: one rare character is too little to go by
        ("暐順".encode("big5"), "GB18030、Big5"),  # 萋抖: the wrong reading has fewer rare characters
        (codecs.BOM_UTF16_LE + "遠東".encode("gbk"), "UTF-16、GB18030"),  # 棟粖
    ],
)
def test_a_text_that_is_as_good_in_two_encodings_is_refused_with_both(content: bytes, values: str) -> None:
    with pytest.raises(FaultError) as caught:
        decode_text_file(content, "a.csv")
    assert (caught.value.short_code, caught.value.faults[0].value) == ("ambiguous", values)


@pytest.mark.parametrize("text", [SIMPLIFIED, "名称\n驿站\n", "id,name\n1,A\n"])
@pytest.mark.parametrize(
    "encoding", [f"utf-{bits}{order}" for bits in (16, 32) for order in ("", "-le", "-be")]
)
def test_utf_16_and_utf_32_are_read_with_and_without_their_marks(encoding: str, text: str) -> None:
    for mark in ("", "\ufeff"):
        assert decode_text_file((mark + text).encode(encoding), "a.csv")[0].lstrip("\ufeff") == text


@pytest.mark.parametrize("mark", MARKS)
def test_a_whole_file_is_read_whatever_its_mark_says(mark: str) -> None:
    for text, encoding in (
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "gbk"),
        (TRADITIONAL, "big5"),
        ("id,name\n1,A\n", "ascii"),
    ):
        assert decode_text_file(MARKS[mark] + text.encode(encoding), "a.csv")[0] == text
