"""A sheet of people who join at once: checked in a preview, confirmed once, and deleted."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import inspect

from members import list_current_members
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk, send_files
from tests.yihui.http.two_districts import (
    NOW,
    UNION,
    TwoDistricts,
    found_two_districts,
)
from tests.yihui.services.joining_people import id_number
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Settings, Wiring
from yihui.services.operation.upkeep import delete_left_files

PAGE = "/desk/members/batch"
HEADER = "姓名,身份证号,手机号"


def sheet(*serials: int) -> bytes:
    return "\n".join([HEADER, *(f"张三,{id_number(n)},138{n:08}" for n in serials)]).encode()


def upload(
    site: Officers, content: bytes, who: str = CASE_WORKER, organisation: str = UNION, name: str = "s.csv"
) -> httpx.Response:
    fields = {"organisation": organisation, "form_key": site.form_key(PAGE, who)}
    return send_files(site, PAGE, who, {"file": (name, content)}, **fields)


def count_members(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return len(list_current_members(connection, UNION))


def find_in_clear(wiring: Wiring, secrets: Sequence[str]) -> list[str]:
    """Return where one of the secrets stands: files by their paths and bytes, tables by their rows."""
    found = []
    for path in wiring.data_folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found += [path.name for one in secrets if one in str(path) or one.encode() in content]
    with wiring.database.read() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            cells = [cell for row in rows for cell in row]
            stored = b" ".join(
                bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in cells
            )
            found += [table for one in secrets if one.encode() in stored]
    return found


def test_a_sheet_is_previewed_then_everybody_joins_once(site: Officers, union: TwoDistricts) -> None:
    assert upload(site, b"").status_code == 422
    before, refused = count_members(union), upload(site, sheet(1, 2, 3), organisation="")
    assert refused.status_code == 422
    kept = re.search(r'name="file_upload" value="(\w+)"', refused.text)
    assert kept is not None, "a refused form keeps its file"
    fields = {"organisation": UNION, "form_key": site.form_key(PAGE, CASE_WORKER)}
    sent = send_files(site, PAGE, CASE_WORKER, {"file_upload": (None, kept[1])}, **fields)
    assert sent.status_code == 303
    preview = sent.headers["location"]
    shown = text_of(site.open(preview, CASE_WORKER))
    assert "will join: 3." in shown
    masks = [
        (row, f"{id_number(n)[:4]}**********{id_number(n)[-4:]}".casefold()) for row, n in ((2, 1), (4, 3))
    ]
    assert [f"{row} 张* {mask}" in shown for row, mask in masks] == [True, True]
    assert "张三" not in shown and id_number(1) not in shown
    assert count_members(union) == before, "a preview stores nothing"
    unsigned = site.send(preview, f"{preview}/confirm", CASE_WORKER)
    assert unsigned.status_code == 422 and "has signed” is not ticked" in text_of(unsigned)
    key = site.form_key(preview, CASE_WORKER)
    for _ in range(2):  # a double click
        done = site.send(preview, f"{preview}/confirm", CASE_WORKER, key=key, signed="yes")
        assert done.status_code == 303 and done.headers["location"] == f"{PAGE}?done=joined"
    assert count_members(union) == before + 3
    assert ("li.min", "members.change.batch") in acts_of(union.wiring, UNION)
    assert site.open(preview, CASE_WORKER).status_code == 404, "the sheet is deleted"
    assert not list((union.wiring.data_folder / "uploads").iterdir())


def test_no_byte_of_a_sheet_lies_in_clear_before_between_or_after(target: str, tmp_path: Path) -> None:
    union = found_two_districts(target, tmp_path)
    folder, name = union.wiring.data_folder / "uploads", f"张三丰{id_number(44)}.csv"
    before, secrets = count_members(union), ["张三丰", "13800000044", id_number(44)]
    content = f"{HEADER}\n张三丰,{id_number(44)},13800000044".encode()
    with open_desk(union.wiring) as office:
        preview, left = (upload(office, content, name=name).headers["location"] for _ in range(2))
        assert "will join: 1." in text_of(office.open(preview, CASE_WORKER))
        assert find_in_clear(union.wiring, secrets) == []
        damaged = folder / left.rpartition("/")[2] / "content"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
        assert office.open(left, CASE_WORKER).status_code == 404, "an altered file is no file"
        assert office.send(preview, f"{preview}/confirm", CASE_WORKER, signed="yes").status_code == 303
    assert find_in_clear(union.wiring, secrets) == [] and count_members(union) == before + 1
    assert [one.name for one in folder.iterdir()] == [left.rpartition("/")[2]], "the used one is deleted"
    union.wiring.now = lambda: NOW + timedelta(days=1, seconds=1)
    delete_left_files(union.wiring)
    assert not list(folder.iterdir()), "and the unused one by the upkeep"
    union.wiring.close()


def test_without_a_key_of_the_vault_no_sheet_is_stored(target: str, tmp_path: Path) -> None:
    union = found_two_districts(target, tmp_path)
    union.wiring.close()
    (tmp_path / "vault.key").unlink()
    wiring = Wiring(Settings(target, tmp_path), now=lambda: NOW)
    with open_desk(wiring) as office:
        refused = upload(office, sheet(1))
    assert refused.status_code == 503 and not (tmp_path / "uploads").exists()
    wiring.close()
