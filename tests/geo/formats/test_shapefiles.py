"""A zipped Shapefile: what it states about its encoding gives way to its bytes."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from core.faults import FaultError
from core.sheets.table import Table
from geo.formats.files import read_table
from tests.geo.formats.shapefiles import zipped

SIMPLIFIED, TRADITIONAL = ("形文件站00·饮水", "历下区"), ("形文件臺灣站飲水機", "歷下區")
STATED = {  # the .cpg file (None: there is none) and the language byte
    "nothing": (None, 0),
    "UTF-8": (b"UTF-8", 0),
    "65001": (b"65001", 0),
    "GBK": (b"GBK", 0),
    "Big5": (b"Big5", 0),
    "Latin-1": (b"ISO-8859-1", 0),
    "no encoding": (b"SYSTEM", 0),
    "nonsense": (b"\xff\xfe", 0),
    "GBK by byte": (None, 0x4D),
    "Big5 by byte": (None, 0x4F),
    "ANSI by byte": (None, 0x57),
    "cp1252 by byte": (None, 0x03),
    "both": (b"UTF-8", 0x4D),
}
Write = Callable[..., bytes]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write one place, with ASCII names of columns, so that they say nothing about the encoding."""

    def written(texts: tuple[str, ...], encoding: str, cpg: bytes | None, language: int) -> bytes:
        frame = gpd.GeoDataFrame(
            {f"c{n}": [text] for n, text in enumerate(texts)},
            geometry=gpd.points_from_xy([117.0], [36.6]),
            crs=4326,
        )
        content = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(zipped(tmp_path, frame, encoding))) as old,
            zipfile.ZipFile(content, "w") as new,
        ):
            for name in old.namelist():
                part = bytearray(old.read(name))
                if name.endswith(".dbf"):
                    part[29] = language
                if not name.endswith(".cpg"):
                    new.writestr(name, bytes(part))
            if cpg is not None:
                new.writestr("街道.cpg", cpg)
        return content.getvalue()

    return written


def cells_of(table: Table) -> tuple[str, ...]:
    return tuple(text for header, text in table.rows[0].cells.items() if header.startswith("c"))


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "BIG5"])
def test_texts_are_read_by_their_bytes_whatever_is_stated(write: Write, encoding: str, stated: str) -> None:
    texts = TRADITIONAL if encoding == "BIG5" else SIMPLIFIED
    assert cells_of(read_table(write(texts, encoding, *STATED[stated]), "s.zip")) == texts


def test_a_statement_that_is_wrong_is_noted_and_one_that_is_right_is_not(write: Write) -> None:
    (note,) = read_table(write(SIMPLIFIED, "UTF-8", b"GBK", 0), "s.zip").notes
    assert (note.code, note.value, note.severity) == ("shapefile.other_encoding", ".cpg: GBK", "warning")
    for cpg, language in ((b"936", 0), (None, 0x4D)):
        assert read_table(write(SIMPLIFIED, "GBK", cpg, language), "s.zip").notes == ()


def test_a_layer_too_small_to_tell_is_refused_with_both_encodings_and_what_it_states(write: Write) -> None:
    with pytest.raises(FaultError) as caught:
        read_table(write(("啊",), "GBK", b"GBK", 0), "s.zip")
    assert [fault.code for fault in caught.value.faults] == ["encoding.ambiguous", "shapefile.stated"]


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_a_text_that_its_field_has_cut_within_a_character_loses_that_character_alone(
    write: Write, encoding: str
) -> None:
    long = "A" + "驿站" * 100  # a field has 254 bytes
    (text,) = cells_of(read_table(write((long,), encoding, None, 0), "s.zip"))
    assert len(text) > 80 and long.startswith(text)


def test_a_file_is_known_by_its_bytes_and_not_by_its_ending(write: Write) -> None:
    shape = write(SIMPLIFIED, "GBK", None, 0)
    assert cells_of(read_table(shape, "s.xlsx")) == cells_of(read_table(shape, "s")) == SIMPLIFIED
    record = '[{"c0": "驿站"}]'.encode()
    assert (
        cells_of(read_table(record, "s.csv"))
        == cells_of(read_table(b"\xef\xbb\xbf" + record, "s.txt"))
        == ("驿站",)
    )
    with pytest.raises(FaultError) as caught:
        read_table(b"<?xml version='1.0' encoding='GBK'?><kml/>", "s.csv")
    assert caught.value.short_code == "page"


@pytest.mark.needs("shared")
def test_the_files_of_the_field_are_read_rightly(shared: Path) -> None:
    files = sorted((shared.parent / "field" / "round2").glob("56?_*.zip"))
    assert len(files) == 15
    for file in files:
        texts = read_table(file.read_bytes(), file.name).rows[0].cells.values()
        assert ("形文件臺灣站飲水機" if "big5" in file.name else "形文件站00·饮水") in texts, file.name
