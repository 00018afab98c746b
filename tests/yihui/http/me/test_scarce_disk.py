"""A disk that is nearly full: files are refused until there is room, and everything else goes on."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.yihui.applying import photo
from tests.yihui.http.me.members import ADDRESS, MemberPhone, build_phone
from tests.yihui.http.me.test_certificates import check
from tests.yihui.http.me.test_help import send as ask_for_help
from tests.yihui.http.two_districts import OWN, TwoDistricts, build_two_districts
from tools.servers.small_disk import fill_to, make_room, small_disk
from yihui.runtime.health import run_health_checks

pytestmark = pytest.mark.needs("small_disk")


@pytest.fixture
def union(tmp_path: Path, migrated_file: Path) -> Iterator[TwoDistricts]:
    folder = tmp_path / "disk"
    with small_disk(folder):
        made = build_two_districts(folder, migrated_file)
        yield made
        made.wiring.close()


@pytest.fixture
def phone(union: TwoDistricts) -> MemberPhone:
    return build_phone(union.wiring).log_in(OWN)


def stored(union: TwoDistricts) -> list[Path]:
    folders = [union.wiring.data_folder / name for name in ("attachments", "uploads")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def begin_upload(phone: MemberPhone) -> int:
    content = photo()
    asked: dict[str, object] = {"place": "certificate:new", "title": "证书", "length": len(content)}
    asked["digest"] = sha256(content).hexdigest()
    return phone.client.post("/me/uploads", data=asked, headers={"origin": ADDRESS}).status_code


def disk_state(union: TwoDistricts) -> str:
    return next(one.state for one in run_health_checks(union.wiring) if one.id == "disk")


def test_no_files_are_taken_while_there_is_little_room_and_all_else_is(
    union: TwoDistricts, phone: MemberPhone
) -> None:
    assert disk_state(union) == "ok"
    fill_to(union.wiring.data_folder, 0.96)
    before = stored(union)
    status, page = check(phone, photo())
    assert status == 507
    assert "takes no files for now" in page and "try again in an hour" in page
    assert stored(union) == before
    assert disk_state(union) == "broken"
    assert begin_upload(phone) == 507
    assert phone.client.get("/me", headers={"accept": "text/html"}).status_code == 200
    assert ask_for_help(phone) == "/me/help/1?done=ask"
    make_room(union.wiring.data_folder)
    assert begin_upload(phone) == 201
    assert check(phone, photo())[0] == 200
    assert disk_state(union) == "ok"
