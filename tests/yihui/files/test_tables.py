"""Invoices, banks' answers and payees that can't be read: told in words that fit them, not a register's."""

from collections.abc import Callable

import pytest

from core.faults import FaultError
from tests.yihui.files.bank.paying import terms, workbook
from yihui.files.bank.payees import read_payees
from yihui.files.bank.return_file import read_bank_return
from yihui.files.invoices.mapping import InvoiceMappingFile
from yihui.files.invoices.reading import read_invoice
from yihui.runtime.language import Language, load_language

READERS: list[Callable[[bytes, str], object]] = [
    lambda content, file: read_invoice(content, file, InvoiceMappingFile()),
    lambda content, file: read_bank_return(content, file, terms()),
    lambda content, file: read_payees(content, file, terms()),
]
UNREADABLE = [
    (b"", "a.csv", "文件是空的"),
    (b"a,b\n", "a.csv", "没有数据行"),
    (b"\x9a\x1d\xee\x8b", "a.csv", "GB18030"),
    (b"PK\x03\x04cut off", "a.xlsx", "已损坏"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "旧格式"),
    (b"[]", "a.json", "不能用 .json"),
    (b'{"type": "FeatureCollection", "features": []}', "a.geojson", "不能用 .geojson"),
    (b"%PDF-1.7", "a.pdf", "不能用 .pdf"),
]


def _told(read: Callable[[bytes, str], object], content: bytes, file: str, words: Language) -> list[str]:
    with pytest.raises(FaultError) as caught:
        read(content, file)
    return [
        words.render(text, **fault.values)
        for fault in caught.value.faults
        for text in (fault.message, fault.remedy)
    ]


def test_what_is_no_table_is_told_without_a_word_of_stations() -> None:
    chinese, english = load_language("zh"), load_language("en")
    for read in READERS:
        for content, file, what in UNREADABLE:
            told = _told(read, content, file, chinese)
            assert what in told[0] and "请交 XLSX 或 CSV" in told[1]
            assert "站点" not in "".join(told)
            assert "station" not in "".join(_told(read, content, file, english))


@pytest.mark.parametrize("read", READERS)
def test_of_several_sheets_the_right_one_is_named_where_the_columns_are(
    read: Callable[[bytes, str], object],
) -> None:
    message, remedy = _told(read, workbook([["a"], [1]], more_sheets=1), "a.xlsx", load_language("zh"))
    assert "明细" in message
    assert "layer:" in remedy
    assert "--layer" not in remedy
