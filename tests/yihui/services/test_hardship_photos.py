"""Case files: photographs and receipts, stored encrypted, read within the subtree; and lines of income."""

import json
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core.faults import FaultError
from members.attachments import Attachment
from members.hardship.case import FileAct, HardshipFile
from members.hardship.repository import IncomeLine, find_income_line, read_events
from tests.transactions import read_in
from tests.yihui.files.test_pictures import picture
from tests.yihui.nouns import do, show
from tests.yihui.services.hardship_office import (
    FIRST,
    JINAN,
    LIXIA,
    NINE,
    OTHER_RECEIPT,
    PHOTO,
    PROVINCE,
    QINGDAO,
    RECEIPT,
    SECOND,
    SPOUSE,
    TITLE,
    WORKER,
    Office,
    officer,
    sent_file,
)
from yihui.access.actor import Actor
from yihui.access.roles import Role
from yihui.bootstrap import Settings, build_wiring
from yihui.cases.hardship.income_lines import DECIDE
from yihui.cases.hardship.pages import NOUN
from yihui.cases.hardship.photos import MOST_PHOTOS, list_files
from yihui.frame.fields import TypedFile
from yihui.frame.papers import load_paper
from yihui.services.attachments.attachments import (
    LONGEST_TITLE,
    open_attachment_store,
    read_sent_file,
    read_whole,
)
from yihui.services.attachments.upkeep import find_damaged_files
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.person_export import export_person
from yihui.services.operation.backup import back_up_database, restore_database
from yihui.views.person_export import person_export_json, render_person_page

RECEIPT_TITLE = "HV000001-1"
COUPLE = [{"relation": "spouse", "member": SPOUSE, "income": "0"}]


@pytest.fixture
def office(target: str, tmp_path: Path) -> Iterator[Office]:
    made = Office(target, tmp_path, hardship_line_fen=90_000).found()
    yield made
    made.wiring.close()


def drawn(file: TypedFile) -> bytes:
    assert file.pictured is not None
    return file.pictured.content


def with_files(office: Office) -> HardshipFile:
    """A household of two members with a photograph and the receipt of a visit to the worker."""
    number = office.on_file(others=COUPLE)
    office.photo(number)
    office.plan(number)
    office.release(number)
    return office.receipt(number).file


def attached(office: Office, file: HardshipFile) -> list[Attachment]:
    """List the photographs and receipts of a case file that are stored."""
    return read_in(office.wiring.database, list_files, file)


def contents(office: Office) -> dict[str, bytes]:
    store = open_attachment_store(office.wiring)
    return {digest: store.read(digest) for digest in store.list_all()}


def test_a_photograph_and_a_receipt_lie_encrypted_and_are_read_again(office: Office) -> None:
    file = with_files(office)
    photo, receipt = attached(office, file)
    assert read_whole(office.wiring, photo) == drawn(PHOTO)
    assert read_whole(office.wiring, receipt) == drawn(RECEIPT)
    assert file.photos == (f"sha256:{sha256(PHOTO.content).hexdigest()}",)
    for lying in (office.wiring.data_folder / "attachments").glob("??/*"):
        assert b"drawn" not in lying.read_bytes()


def test_a_file_is_read_within_the_subtree_and_under_its_own_case_file(office: Office) -> None:
    file = with_files(office)
    (photo, _) = attached(office, file)
    assert load_paper(office.wiring, FIRST, NOUN, file.number, photo.number) == photo
    strangers = (officer("zhao", QINGDAO), officer("qian", LIXIA, Role.HOTLINE_AGENT))
    for stranger in strangers:
        with pytest.raises(FaultError, match="roles"):
            load_paper(office.wiring, stranger, NOUN, file.number, photo.number)
    for number in (0, 99, photo.number + 5):
        with pytest.raises(FaultError, match="no file"):
            load_paper(office.wiring, FIRST, NOUN, file.number, number)


def test_a_refused_act_leaves_no_file(office: Office) -> None:
    number = office.on_file()
    office.photo(number)
    before = contents(office)
    with pytest.raises(FaultError, match="attached already"):
        office.photo(number)
    assert contents(office) == before, "the stored photograph stays"
    office.plan(number)
    with pytest.raises(FaultError, match="planned"):
        office.receipt(number)  # its money was not released
    assert contents(office) == before
    for n in range(MOST_PHOTOS - 1):
        office.photo(number, sent_file(b"%d" % n))
    with pytest.raises(FaultError, match=f"{MOST_PHOTOS} files"):
        office.photo(number, sent_file(b"one more"))


@pytest.mark.parametrize("title", ["", "x" * (LONGEST_TITLE + 1), "电话 13812345678"])
def test_a_title_says_in_a_few_words_what_it_is_and_no_number(title: str) -> None:
    with pytest.raises(FaultError, match="what the file is"):
        read_sent_file(title, picture())


def test_one_photograph_is_deleted_with_a_reason_and_may_come_again(office: Office) -> None:
    file = with_files(office)
    photo, receipt = attached(office, file)
    before = contents(office)
    stranger = officer("zhao", QINGDAO)
    for number, said, code in (
        (photo.number, {"reason": " "}, "field.string_too_short"),
        (receipt.number, {}, "hardship.receipt_stays"),
        (receipt.number + 5, {}, "application_file.unknown"),
        (2**70, {}, "field.less_than"),
        (photo.number, {"seen": 1}, "thing.changed"),
        (photo.number, {"actor": stranger}, "authorisation.elsewhere"),
    ):
        with pytest.raises(FaultError) as refused:
            office.delete_photo(file.number, number, **said)  # type: ignore[arg-type]
        assert refused.value.faults[0].code == code
    assert contents(office) == before, "a refused act deletes nothing"
    left = office.delete_photo(file.number, photo.number).file
    assert left.photos == () and attached(office, left) == [receipt]
    assert set(contents(office)) == receipt.digests
    with pytest.raises(FaultError, match="no file"):
        office.delete_photo(file.number, photo.number)
    office.close(file.number)
    with pytest.raises(FaultError, match="no file"):
        office.delete_photo(file.number, photo.number)
    office.reopen(file.number)
    assert office.photo(file.number).file.photos == file.photos


def test_the_workers_erasure_takes_photographs_and_receipts(office: Office) -> None:
    file = with_files(office)
    erase_member_data(office.wiring, WORKER, "li.min", "本人要求")
    assert contents(office) == {} and attached(office, file) == []
    assert find_damaged_files(office.wiring) == []


def test_the_erasure_of_somebody_of_the_household_takes_the_photographs_alone(office: Office) -> None:
    file = with_files(office)
    erase_member_data(office.wiring, SPOUSE, "li.min", "本人要求")
    (left,) = attached(office, file)
    assert read_whole(office.wiring, left) == drawn(RECEIPT)
    assert set(contents(office).values()) == {drawn(RECEIPT)}


def test_a_person_gets_the_files_with_the_export(office: Office) -> None:
    with_files(office)
    for member, files in ((WORKER, {TITLE, RECEIPT_TITLE}), (SPOUSE, {TITLE})):
        export = export_person(office.wiring, member, "li.min", "本人申请")
        assert {one.record.title for one in export.files} == files
        sent = json.loads(json.dumps(person_export_json(export), ensure_ascii=False))["files"]
        assert all(one["content_base64"] for one in sent)
        page = render_person_page(export, office.wiring.language)
        assert page.count("data:image/jpeg;base64,") == len(files)


def test_a_file_that_is_gone_is_named_in_the_export(office: Office) -> None:
    with_files(office)
    for lying in (office.wiring.data_folder / "attachments").glob("??/*"):
        lying.unlink()
    export = export_person(office.wiring, WORKER, "li.min", "本人申请")
    assert [one.content for one in export.files] == [None, None]
    assert "这里无法读取该文件" in render_person_page(export, office.wiring.language)


def test_a_backup_brings_the_files_back(office: Office, tmp_path: Path) -> None:
    file = with_files(office)
    backup, folder = tmp_path / "b.backup", tmp_path / "other"
    back_up_database(office.wiring, backup, force=False)
    for key in office.wiring.settings.data_folder.glob("vault.key*"):
        folder.mkdir(exist_ok=True)
        (folder / key.name).write_bytes(key.read_bytes())
    other = build_wiring(Settings(str(folder / "yihui.db"), folder))
    restore_database(other, backup, force=False)
    store = open_attachment_store(other)
    assert {store.read(digest) for digest in store.list_all()} == set(contents(office).values())
    assert [one.title for one in read_in(other.database, list_files, file)] == [TITLE, RECEIPT_TITLE]
    other.close()


def test_another_receipt_is_stored_for_its_visit(office: Office) -> None:
    file = with_files(office)
    office.plan(file.number)
    office.release(file.number, 2)
    done = office.receipt(file.number, 2, OTHER_RECEIPT).file
    subjects = [one.subject for one in attached(office, done)]
    assert subjects == [str(file.number), f"{file.number}/1", f"{file.number}/2"]


TODAY = date(2026, 11, 18)


def decide(office: Office, code: str, yuan: str, since: date = TODAY, **said: Any) -> None:
    who = said.pop("who", officer("zhao", PROVINCE))
    typed = {"organisation": code, "line": yuan, "since": since, "document": "鲁工发〔2026〕3号", **said}
    do(office.wiring, who, DECIDE, **typed)


def line(office: Office, number: int) -> int | None:
    return office.read(number).income.line_fen


def test_the_nearest_line_above_counts_and_the_setting_where_there_is_none(office: Office) -> None:
    number = office.open().file.number
    assert line(office, number) == 90_000, "of the setting"
    decide(office, QINGDAO, "700")
    assert line(office, number) == 90_000, "another city's"
    decide(office, PROVINCE, "1000")
    assert line(office, number) == 100_000
    decide(office, JINAN, "1100.50")
    assert line(office, number) == 110_050
    decide(office, LIXIA, "1200", date(2026, 11, 19))
    assert line(office, number) == 110_050, "from tomorrow on"
    office.later(days=1)
    assert line(office, number) == 120_000
    shown = show(office.wiring, FIRST, NOUN, number)
    assert (shown["line_by"], shown["line_document"], shown["percent_of_line"]) == (
        LIXIA,
        "鲁工发〔2026〕3号",
        6_600,
    )


def test_a_review_records_the_line_that_held_on_its_day(office: Office) -> None:
    decide(office, JINAN, "800")
    number = office.on_file()
    decide(office, JINAN, "900")
    (_, review) = read_in(office.wiring.database, read_events, [number])[number]
    assert review.act is FileAct.REVIEW and review.data["line_fen"] == 80_000
    assert line(office, number) == 90_000, "the later decision of one day"


def test_of_lines_the_newest_day_counts_and_of_one_day_the_later_record() -> None:
    def decided(code: str, day: int, fen: int) -> IncomeLine:
        return IncomeLine(code, date(2026, 1, day), fen, "文件", "zhao", NINE)

    lines = [
        decided("370100", 5, 1),
        decided("370100", 3, 2),
        decided("370100", 5, 3),
        decided("370000", 9, 4),
    ]
    chain = ("370102", "370100", "370000")
    found = [find_income_line(lines, chain, date(2026, 1, day)) for day in (2, 3, 4, 5, 9)]
    assert [one and one.line_fen for one in found] == [None, 2, 2, 3, 3]


REFUSED: list[tuple[Actor, dict[str, str]]] = [
    (SECOND, {"code": JINAN, "yuan": "900"}),
    (officer("qian", QINGDAO), {"yuan": "900"}),
    (FIRST, {"yuan": "0"}),
    (FIRST, {"yuan": "-1"}),
    (FIRST, {"yuan": "100000.01"}),
    (FIRST, {"yuan": "viel"}),
    (FIRST, {"yuan": "900", "document": " "}),
    (FIRST, {"yuan": "900", "document": "电话 13812345678"}),
    (officer("zhao", PROVINCE), {"code": "370199", "yuan": "900"}),
]


def test_a_refused_line_changes_nothing(office: Office) -> None:
    number = office.open().file.number
    for who, said in REFUSED:
        with pytest.raises(FaultError):
            decide(office, **{"code": LIXIA, **said}, who=who)
        assert line(office, number) == 90_000
