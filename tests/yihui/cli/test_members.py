"""yihui members applications and birthdays, as an officer types them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.events.sending import Sender
from tests.yihui.commands import Command, commands_in, copy_folder

STEP: dict[str, object] = {"programme": "金秋助学", "year": 2026}
A_DIGEST = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two members: one was born on 29 February, one keeps the birthday by the moon."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")

    def step(kind: str, day: int, **data: object) -> str:
        said = {**STEP, **data}
        return send(f"application.{kind}", "m-1", f"2026-08-{day:02}T10:00:00+08:00", **said)

    lines = [
        send.imported("m-1", birthday="1996-02-29"),
        send.imported("m-2", birthday="1990-10-03", birthday_calendar="lunar"),
        step("submitted", 3, attachments=[A_DIGEST]),
        step("reviewed", 4, stage="基层工会", reviewer="r-1", accepted=True),
        step("published", 5, objections=1),
    ]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with commands_in(folder) as yihui:
        assert yihui("run", folder / "events.jsonl").code == 0
    return folder


@pytest.fixture
def known(yihui: Command, built: Path, tmp_path: Path) -> Command:
    copy_folder(built, tmp_path)
    return yihui


def test_applications_come_as_json_too_and_as_of_a_day(known: Command) -> None:
    (found,) = json.loads(
        known("members", "applications", "--member", "m-1", "--on", "2026-08-04", "--json").out
    )
    assert [step["type"] for step in found["steps"]] == ["application.submitted", "application.reviewed"]
    assert found["facts"]["application.stages"] == ["基层工会"]
    assert found["facts"]["application.published_on"] is None


def test_who_applied_for_nothing_and_who_is_unknown_are_told_apart(known: Command) -> None:
    nothing = known("members", "applications", "--member", "m-2")
    assert (nothing.code, nothing.out) == (0, "没有申请记录\n")
    unknown = known("members", "applications", "--member", "m-9")
    assert unknown.code == 1
    assert "m-9" in unknown.err


def birthdays(known: Command, *arguments: str) -> list[dict[str, Any]]:
    done = known("members", "birthdays", *arguments)
    assert done.code == 0
    return [json.loads(line) for line in done.out.splitlines()]


def test_birthdays_are_printed_as_events_one_a_line(known: Command) -> None:
    (leap,) = birthdays(known, "--on", "2026-02-28")
    assert (leap["subject"], leap["data"]) == ("m-1", {"on": "2026-02-28", "calendar": "solar", "year": 2026})
    (moon,) = birthdays(known, "--month", "2026-09")
    assert (moon["subject"], moon["data"]["on"], moon["data"]["calendar"]) == ("m-2", "2026-09-25", "lunar")
    assert birthdays(known) == []  # today is 3 October


def test_a_file_of_birthdays_is_handled_like_any_other(known: Command, tmp_path: Path) -> None:
    file = tmp_path / "birthdays.jsonl"
    done = known("members", "birthdays", "--month", "2026-02", "--to", file)
    assert (done.code, done.out) == (0, "")
    assert "生日：1 人次，其中农历 0" in done.err
    assert "生日送蛋糕" in known("run", file).out


def test_what_is_still_to_come_may_be_written_and_not_published(known: Command, tmp_path: Path) -> None:
    done = known("members", "birthdays", "--month", "2027-02", "--to", tmp_path / "b.jsonl")
    assert done.code == 0
    assert "还没有到" in done.err
    refused = known("members", "birthdays", "--month", "2027-02", "--publish")
    assert refused.code == 1
    assert "2027-02-28" in refused.err
    assert "处理事件 0 个" in known("run").out


def test_a_day_or_month_that_cannot_be_is_wrong_usage(known: Command) -> None:
    for arguments in (
        ("--on", "2026-02-30"),
        ("--month", "2026-13"),
        ("--month", "2026-5"),
        ("--month", "2026-05-01"),
        ("--month", "2101-01"),
        ("--on", "2026-05-01", "--month", "2026-05"),
    ):
        done = known("members", "birthdays", *arguments)
        assert (done.code, done.out) == (2, "")
        assert done.err


def test_a_file_and_the_runner_are_not_both_served(known: Command, tmp_path: Path) -> None:
    file = tmp_path / "b.jsonl"
    assert known("members", "birthdays", "--on", "2026-09-25", "--publish", "--to", file).code == 1
    assert not file.exists()


def test_a_person_is_erased_by_command_once(known: Command, tmp_path: Path) -> None:
    erase = ("members", "erase", "m-1", "--as", "gh-017", "--reason", "本人要求")
    done = known(*erase)
    assert (done.code, "已删除 m-1 的个人信息" in done.out) == (0, True)
    assert "没有可删除的" in known(*erase).out
    assert json.loads(known(*erase, "--json").out) == {"rows": 0, "act": None}
    assert known("members", "show", "m-1").code == 1
    assert known("members", "show", "m-2").code == 0
    assert known("ledger", "verify").code == 0
    assert "删除了个人信息" in known("rules", "log").out
    assert A_DIGEST.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("yihui.db*"))


def test_a_person_is_not_erased_without_a_reason_nor_with_a_number_in_it(known: Command) -> None:
    for reason in (" ", "电话 13812345678"):
        assert known("members", "erase", "m-1", "--as", "gh-017", "--reason", reason).code == 1
    assert known("members", "show", "m-1").code == 0
