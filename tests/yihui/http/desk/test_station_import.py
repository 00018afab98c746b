"""A register is uploaded, previewed and confirmed; nothing is stored before that."""

import re

import httpx
import pytest

from tests.yihui.http.desk.officers import acts_of, send_files
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers, text_of
from yihui.http.body import BodyRefused, parse_file_form

KEEPER, PAGE = "register_keeper/inside", "/desk/stations/import"
HEAD = "名称,经度,纬度,坐标系,区县,开放时间,类型\n"
GOOD = "新驿站,117.03,36.67,wgs84,历下区,08:00-18:00,驿站\n"
FAULTY = "坏驿站,217.03,36.67,wgs84,历下区,08:00-18:00,驿站\n"


def upload(site: Officers, text: str, name: str = "新名册.csv", who: str = KEEPER) -> httpx.Response:
    return send_files(site, PAGE, who, {"file": (name, text)}, register="", form_key=site.form_key(PAGE, who))


def test_a_register_is_stored_when_its_preview_was_confirmed(site: Officers, union: TwoDistricts) -> None:
    sent = upload(site, HEAD + GOOD)
    assert sent.status_code == 303
    preview = sent.headers["location"]
    told = text_of(site.open(preview, KEEPER))
    assert "1 added" in told and "新驿站" not in text_of(site.open("/desk/register", KEEPER))
    assert "no longer there" in text_of(site.open(preview, "demo"))  # another officer's upload
    stored = site.send(preview, f"{preview}/confirm", KEEPER)
    assert stored.status_code == 303, text_of(stored)
    assert "新驿站" in text_of(site.open("/desk/register", KEEPER))
    assert ("li.min", "stations.change.confirm") in acts_of(union.wiring, "新名册")
    assert site.open(preview, KEEPER).status_code == 404  # it is used up


def test_faulty_rows_are_shown_and_left_out_only_when_that_is_ticked(site: Officers) -> None:
    preview = upload(site, HEAD + GOOD.replace("新", "好") + FAULTY, "faulty.csv").headers["location"]
    told = text_of(site.open(preview, KEEPER))
    assert "217.03" in told and "leave the 1 faulty row out" in told
    refused = site.send(preview, f"{preview}/confirm", KEEPER)
    assert refused.status_code == 422 and "1 row is faulty" in text_of(refused)
    ticked = site.send(preview, f"{preview}/confirm", KEEPER, partial="yes", checked="")
    assert ticked.status_code == 422 and re.search(r'name="partial"[^>]*\schecked', ticked.text)
    assert site.send(preview, f"{preview}/confirm", KEEPER, partial="yes").status_code == 303


@pytest.mark.parametrize("name", ["../../evil.csv", "..\\evil.csv", ".htaccess", "/etc/passwd", "a\0b.csv"])
def test_a_files_name_leads_nowhere(site: Officers, union: TwoDistricts, name: str) -> None:
    assert upload(site, HEAD + GOOD, name).status_code in (303, 400, 422)
    stored = {
        path for path in union.wiring.data_folder.rglob("*") if path.suffix == ".csv" or "passwd" in path.name
    }
    assert all(path.parent.parent.name == "uploads" for path in stored if "yaml" not in path.name)


def test_a_binary_file_comes_through_as_it_was() -> None:
    content = bytes(range(256)) * 3 + b"\r\n--no boundary\r\n\r\n"
    boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="台账 1.xlsx"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        + content
        + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n 甲 \r\n--{boundary}--\r\n'.encode()
    )
    fields, files = parse_file_form(f"multipart/form-data; boundary={boundary}", body)
    assert files["file"].name == "台账 1.xlsx" and files["file"].content == content
    assert fields == {"a": ["甲"]}


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n\r\n--x", b"--x\r\n" * 300 + b"--x--"])
def test_a_broken_form_is_refused(body: bytes) -> None:
    with pytest.raises(BodyRefused):
        parse_file_form("multipart/form-data; boundary=x", body)
