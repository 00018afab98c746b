"""Files of applications at the officers' pages: attached once, shown as pictures, audited, backed up, erased."""

import os
import re
import stat
from pathlib import Path

import httpx
import pytest

from core.faults import FaultError
from members import read_application_steps
from members.attachments import list_attachment_digests
from tests.yihui.files.test_pictures import document, located_picture, picture
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, send_files
from tests.yihui.http.desk.test_applications import Desk, act, desk, site
from tests.yihui.http.two_districts import FOREIGN, OWN
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Settings, build_wiring
from yihui.files.attachment_store import AttachmentStore, archive_path
from yihui.services.attachments.attachments import open_attachment_store, sweep_unused_files
from yihui.services.members.erasure import erase_member_data
from yihui.services.operation.backup import back_up_database, drill_restore, restore_database

__all__ = ["desk", "site"]


def attach(
    site: Officers, number: int, content: bytes | None, who: str = CASE_WORKER, **fields: str
) -> httpx.Response:
    page = f"/desk/applications/{number}"
    version = re.search(r'name="version" value="(\d+)"', site.open(page, who).text)
    assert version is not None
    key = site.form_key(page, who)
    sent = {"checked": "yes", "title": "收入证明", "form_key": key, "version": version[1], **fields}
    files = {} if content is None else {"picture": ("张三.pdf", content)}
    return send_files(site, f"{page}/attach", who, files, **sent)


def stored(desk: Desk) -> list[Path]:
    return [one for one in open_attachment_store(desk.wiring).folder.rglob("*") if one.is_file()]


def test_a_document_is_attached_shown_as_pictures_and_downloaded(site: Officers, desk: Desk) -> None:
    number, sent = desk.number(), document(2, script=True)
    assert attach(site, number, sent).status_code == 303
    page, paper = (f"/desk/applications/{number}{end}" for end in ("", "/papers/1"))
    viewer = site.open(page, CASE_WORKER)
    assert "收入证明" in text_of(viewer) and viewer.text.count("<img") == 2
    shown = site.open(f"{paper}/pages/2", CASE_WORKER)
    assert shown.headers["content-type"] == "image/jpeg" and shown.content[:3] == b"\xff\xd8\xff"
    whole = site.open(f"{paper}/download", CASE_WORKER)
    assert whole.content == sent and whole.headers["content-disposition"].endswith('-1.pdf"')
    for answer in (shown, whole):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    acts = acts_of(desk.wiring, OWN)
    assert ("li.min", "applications.decide.attach") in acts
    assert acts.count(("li.min", "applications.read")) >= 3
    for missing in (f"{paper}/pages/3", f"{page}/papers/2/pages/1"):
        assert site.open(missing, CASE_WORKER).status_code == 404


def test_a_refused_form_keeps_its_document_and_its_tick(site: Officers, desk: Desk) -> None:
    number = desk.number()
    unticked, untitled = (
        attach(site, number, document(1), **one) for one in ({"checked": ""}, {"title": ""})
    )
    assert unticked.status_code == untitled.status_code == 422
    ticks = [re.search(r'name="checked"[^>]*\schecked', one.text) for one in (unticked, untitled)]
    assert ticks[0] is None and ticks[1] is not None
    [kept] = re.findall(r'name="picture_upload" value="([^"]+)"', untitled.text)
    again = attach(site, number, None, picture_upload=kept)
    assert again.status_code == 303, text_of(again)


def test_files_are_for_the_owner_of_the_process_and_named_by_their_content(
    site: Officers, desk: Desk
) -> None:
    assert attach(site, desk.number(), located_picture()).status_code == 303
    (file,) = stored(desk)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(open_attachment_store(desk.wiring).folder.stat().st_mode) == 0o700
    assert re.fullmatch(r"[0-9a-f]{64}", file.name) and b"SecretPhone" not in file.read_bytes()
    with desk.wiring.database.read() as connection:
        assert list_attachment_digests(connection) == {file.name}


def test_what_is_attached_counts_when_the_application_is_handed_in_again(site: Officers, desk: Desk) -> None:
    assert act(site, desk, "return") == 303
    assert attach(site, desk.number(), picture()).status_code == 303
    assert act(site, desk, "resubmit") == 303
    with desk.wiring.database.read() as connection:
        steps = read_application_steps(connection, [OWN])[OWN]
        digests = list_attachment_digests(connection)
    assert steps[-1].attachments == tuple(f"sha256:{one}" for one in digests)


def test_files_go_with_the_persons_erasure_unless_somebody_else_has_them(site: Officers, desk: Desk) -> None:
    assert attach(site, desk.number(), picture()).status_code == 303
    assert attach(site, desk.number(), document()).status_code == 303
    assert attach(site, desk.number(FOREIGN), picture(), "demo").status_code == 303
    assert len(stored(desk)) == 3  # the picture, the document, and its page
    erase_member_data(desk.wiring, OWN, "li.min", "本人要求")
    with desk.wiring.database.read() as connection:
        left = list_attachment_digests(connection)
    assert {one.name for one in stored(desk)} == left and len(left) == 1


def test_a_backup_whose_archive_is_missing_is_not_called_sound(
    site: Officers, desk: Desk, tmp_path: Path
) -> None:
    assert attach(site, desk.number(), document()).status_code == 303
    file, folder = tmp_path / "b.backup", tmp_path / "other"
    back_up_database(desk.wiring, file, force=False)
    assert not drill_restore(desk.wiring, file).missing
    assert stat.S_IMODE(archive_path(file).stat().st_mode) == 0o600
    archive_path(file).unlink()
    (fault,) = drill_restore(desk.wiring, file).missing
    assert fault.code == "attachment_archive.missing"
    folder.mkdir()
    other = build_wiring(Settings(str(folder / "yihui.db"), folder))
    assert restore_database(other, file, force=False).missing
    assert not list(folder.glob("vault.key*"))  # a backup never holds the key
    other.close()


def test_an_archive_that_was_changed_is_refused_before_anything_is_restored(
    site: Officers, desk: Desk, tmp_path: Path
) -> None:
    assert attach(site, desk.number(), document()).status_code == 303
    file, folder = tmp_path / "b.backup", tmp_path / "other"
    back_up_database(desk.wiring, file, force=False)
    archive = archive_path(file)
    whole = archive.read_bytes()
    place = whole.index(b"YIHUI-FILE-1") + 100
    archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    folder.mkdir()
    (folder / "vault.key").write_bytes((desk.wiring.data_folder / "vault.key").read_bytes())
    other = build_wiring(Settings(str(folder / "yihui.db"), folder))
    with pytest.raises(FaultError, match="another digest"):
        restore_database(other, file, force=False)
    assert [one.name for one in folder.iterdir()] == ["vault.key"]
    other.close()


def test_what_a_crash_left_behind_is_swept_after_a_day(site: Officers, desk: Desk) -> None:
    assert attach(site, desk.number(), picture()).status_code == 303
    store: AttachmentStore = open_attachment_store(desk.wiring)
    orphan, fresh = store.write(b"orphan"), store.write(b"fresh")
    for one in stored(desk):
        if one.name != fresh:
            os.utime(one, (0, 0))
    assert sweep_unused_files(desk.wiring) == 1
    assert len(stored(desk)) == 2 and not store.path_of(orphan).exists()


def test_a_digest_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    for bad in ("../../etc/passwd", "A" * 64, "", "a" * 63):
        with pytest.raises(ValueError, match="no SHA-256"):
            AttachmentStore(tmp_path).path_of(bad)
