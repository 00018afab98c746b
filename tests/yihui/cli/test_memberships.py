"""yihui members transfer, leave, retire …: what officers do to memberships, and what bad input gets."""

import json
import shutil
from pathlib import Path

import pytest

from store import open_database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.commands import Command

A, B, ENDED, GONE = "370202001-00001", "370202001-00002", "370202001-00003", "370202001-00004"


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """m-1 joined A on 1 March 2026; B goes on, ENDED went into B, GONE ended for good."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("filled") / "yihui.db"))
    database = open_database(str(path))
    acts = [
        event_of("organisation.founded", code, "2020-01-01", name=f"{name}公司工会")
        for code, name in ((A, "甲"), (B, "乙"), (ENDED, "丙"), (GONE, "丁"))
    ]
    acts += [
        event_of("organisation.merged", ENDED, "2026-05-01", into=B),
        event_of("organisation.dissolved", GONE, "2026-05-01"),
        event_of("member.joined", "m-1", "2026-03-01", organisation=A, joined_on="2026-03-01"),
    ]
    with database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    database.close()
    return path


@pytest.fixture
def town(yihui: Command, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A copy of that; today is 3 October."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(shutil.copy(filled, tmp_path / "town.db")))
    return yihui


def act(town: Command, kind: str, *arguments: str, member: str = "m-1") -> dict[str, object]:
    done = town("members", kind, member, *arguments, "--as", "li.min", "--json")
    assert done.code == 0, done.err
    receipt: dict[str, object] = json.loads(done.out)
    return receipt


def refusal(town: Command, kind: str, *arguments: str, member: str = "m-1") -> str:
    before = memberships(town)
    done = town("members", kind, member, *arguments, "--as", "li.min")
    assert done.code != 0, done.out
    assert memberships(town) == before, "a refused act changes nothing"
    return done.err


def memberships(town: Command) -> list[tuple[str, str, str, str | None]]:
    found = json.loads(town("members", "memberships", "m-1", "--json").out)["memberships"]
    return [(one["organisation"], one["status"], one["since"], one["until"]) for one in found]


def test_a_transfer_takes_effect_at_once_and_says_from_where_to_where(town: Command) -> None:
    done = town("members", "transfer", "m-1", "--to", B, "--as", "li.min")
    assert done.out == f"m-1：2026-10-03 从 {A} 转到 {B}\n"
    assert memberships(town) == [(A, "active", "2026-03-01", "2026-10-03"), (B, "active", "2026-10-03", None)]
    assert "乙公司工会：在册" in town("members", "memberships", "m-1").out
    assert f"{B} 乙公司工会" in town("members", "show", "m-1").out


def test_a_life_from_joining_to_death_is_recorded_act_by_act(town: Command) -> None:
    act(town, "suspend", "--on", "2026-04-01")
    act(town, "resume", "--on", "2026-05-01")
    act(town, "retire", "--on", "2026-06-01", "--reason", "到龄退休")
    act(town, "leave", "--on", "2026-07-01")
    act(town, "rejoin", "--to", B, "--on", "2026-08-01")
    receipt = act(town, "decease", "--on", "2026-09-01")
    assert (receipt["status"], receipt["organisation"], receipt["is_new"]) == ("deceased", B, True)
    assert memberships(town) == [
        (A, "active", "2026-03-01", "2026-04-01"),
        (A, "suspended", "2026-04-01", "2026-05-01"),
        (A, "active", "2026-05-01", "2026-06-01"),
        (A, "retired", "2026-06-01", "2026-07-01"),
        (B, "active", "2026-08-01", "2026-09-01"),
    ]
    live = town("members", "memberships", "m-1", "--json").out
    assert town("organisations", "rebuild").code == 0
    assert town("members", "memberships", "m-1", "--json").out == live


def test_an_act_that_makes_no_sense_is_refused_with_a_remedy(town: Command) -> None:
    for kind, arguments, told in (
        ("transfer", ("--to", A), "自 2026-03-01 起已在"),
        ("transfer", ("--to", ENDED), "请写这个组织或另一个组织"),
        ("transfer", ("--to", GONE), "已于 2026-05-01 撤销"),
        ("transfer", ("--to", "370202001-99999"), "organisations list"),
        ("transfer", ("--to", "三七〇二"), "organisations list"),
        ("transfer", ("--to", B, "--on", "2026-10-04"), "2026-10-04 还没到"),
        ("transfer", ("--to", B, "--on", "2026-02-28"), "会籍从 2026-03-01 开始"),
        ("transfer", ("--to", B, "--on", "2019-12-31"), "会籍从 2026-03-01 开始"),
        ("leave", ("--on", "2026-02-28"), "会籍从 2026-03-01 开始"),
        ("rejoin", ("--to", B), "members transfer m-1"),
        ("resume", (), "没有暂停"),
        ("leave", ("--request-key", "short"), "8 到 200"),
        ("leave", ("--reason", "13812345678"), "手机号"),
    ):
        assert told in refusal(town, kind, *arguments)


@pytest.mark.parametrize(
    ("first", "again", "told"),
    [
        ("leave", "transfer", "已于 2026-10-03 退会"),
        ("decease", "rejoin", "已于 2026-10-03 去世"),
        pytest.param("retire", "retire", "登记退休", marks=pytest.mark.endure),
        ("suspend", "suspend", "已经暂停"),
        pytest.param("retire", "resume", "没有暂停", marks=pytest.mark.endure),
    ],
)
def test_after_one_act_another_that_contradicts_it_is_refused(
    town: Command, first: str, again: str, told: str
) -> None:
    act(town, first)
    assert told in refusal(town, again, *(("--to", B) if again in ("transfer", "rejoin") else ()))


def test_the_same_request_key_acts_once_and_means_one_act(town: Command) -> None:
    first = act(town, "transfer", "--to", B, "--request-key", "key-0001")
    again = act(town, "transfer", "--to", B, "--request-key", "key-0001")
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert (first["before"], again["before"], again["event"]) == (A, A, first["event"])
    assert "已用于另一件事" in refusal(town, "transfer", "--to", A, "--request-key", "key-0001")
    assert "已用于另一件事" in refusal(town, "leave", "--request-key", "key-0001")


def test_there_and_back_and_there_again_on_one_day_are_three_transfers(town: Command) -> None:
    for to in (B, A, B):
        assert act(town, "transfer", "--to", to)["organisation"] == to
    assert memberships(town)[-1] == (B, "active", "2026-10-03", None)
