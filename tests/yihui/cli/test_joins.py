"""yihui joins, as officers use it: reviews, their settings, what silence leads to, and a batch."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.services.joining_people import (
    HERE,
    TOWNSHIP,
    Clock,
    found_tree,
    id_number,
    joining_wiring,
    person,
    prove,
)
from yihui.cases.joining.joining import confirm_joining

TODAY = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
BY = ("--as", "li.min")


@pytest.fixture
def union(yihui: Command, tmp_path: Path) -> Command:
    """A database with organisations, of which one reviews; today is 3 October."""
    wiring = joining_wiring(str(tmp_path / "yihui.db"), tmp_path)
    found_tree(wiring)
    wiring.close()
    said = ("--organisation", HERE, "--reason", "章程", "--days", "5")
    done = yihui("joins", "settings", "review", *said, *BY, "--json")
    assert json.loads(done.out)["days"] == 5
    return yihui


def wait(folder: Path, serial: int, *, ago: timedelta = timedelta()) -> str:
    """Confirm a person some time ago; return the request."""
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(TODAY - ago))
    id = confirm_joining(wiring, prove(wiring, person(serial)).request.id).request.id
    wiring.close()
    return id


def test_an_officer_sees_who_waits_and_decides(union: Command, tmp_path: Path) -> None:
    first = wait(tmp_path, 1)
    listed = union("joins", "list", "--organisation", "370102")
    assert listed.code == 0 and "张*" in listed.out and first in listed.out
    assert "138****0001" in listed.out and person(1).phone not in listed.words
    assert [one["request"] for one in json.loads(union("joins", "list", "--json").out)] == [first]
    approved = union("joins", "approve", first, *BY, "--json")
    assert json.loads(approved.out)["state"] == "joined"


def test_settings_silence_and_a_batch_have_their_commands(union: Command, tmp_path: Path) -> None:
    listed = json.loads(union("joins", "settings", "list", "--json").out)
    settings = {one["organisation"]: one for one in listed}
    assert (settings[HERE]["reviews"], settings[HERE]["by"]) == ("reviews", "li.min")
    id = wait(tmp_path, 1, ago=timedelta(days=6))
    [gone_up] = json.loads(union("joins", "escalate", "--json").out)
    assert (gone_up["request"], gone_up["to_organisation"]) == (id, TOWNSHIP)
    sheet = tmp_path / "drivers.csv"
    row = f"司机,{id_number(7)},13800000007"
    sheet.write_text("\n".join(["姓名,身份证号,手机号", row, row]) + "\n", "utf-8")
    order = ("joins", "batch", sheet, "--organisation", HERE, *BY)
    assert "--signed" in union(*order).err
    told = union(*order, "--signed")
    assert told.code == 1 and "drivers.csv:3" in told.err and "出现两次" in told.err
    sheet.write_text("\n".join(["姓名,身份证号,手机号", row]) + "\n", "utf-8")
    assert json.loads(union(*order, "--signed", "--json").out)["joined"] == 1
