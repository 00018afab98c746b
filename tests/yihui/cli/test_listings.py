"""Every command that prints a listing prints it as JSON too, of a database that holds one of each."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

import benefits
from benefits import Officer, RuleSubmission
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from rules import load_library
from tests.yihui.commands import Command, commands_in, copy_folder, run_quietly
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, load_settings
from yihui.services.rules.drafts import DraftOptions, fill_template

STATION_ROWS = "编号,名称,类型,经度,纬度,开放时间\nB,大明湖驿站,驿站,117.0254,36.6733,9:00-17:00\n"
ROLL = "身份证号,组织代码,入会日期\n11010519491231002X,370202001-00017,2020-05-01\n"
CASE = """\
- case: 新会员得一份
  rule: new-member-pack
  event: {type: member.joined, occurred_on: 2026-05-01}
  member: {status: active, organisation: "370202001"}
  expect: {outcome: due}
"""

# What each needs to have something to say.
WITH_ARGUMENTS: dict[str, Callable[[Path], list[object]]] = {
    "run": lambda folder: [folder / "events.jsonl"],
    "events replay": lambda folder: [folder / "events.jsonl"],
    "stations import": lambda folder: [folder / "stations.csv", "--datum", "wgs84"],
    "stations nearest": lambda _: ["117.02", "36.66", "--datum", "wgs84"],
    "stations show": lambda _: ["a"],
    "stations link": lambda _: ["b", "b-new", "--as", "zhang.gong"],
    "stations place": lambda folder: ["--reviewed", folder / "places.csv", "--as", "zhang.gong"],
    "register place": lambda _: ["b", "--point", "117.02,36.66", "--datum", "wgs84", "--as", "zhang.gong"],
    "organisations show": lambda _: ["370202"],
    "members import": lambda folder: [folder / "roll.csv"],
    "members show": lambda _: ["m-1"],
    "benefits list": lambda _: ["--member", "m-1"],
    "benefits why": lambda _: ["--member", "m-1"],
    "stations devices add": lambda _: ["a"],
    "lottery verify": lambda folder: [folder / "lottery.json"],
    "rules lint": lambda folder: [folder / "rules"],
    "rules submit": lambda folder: [folder / "draft.yaml", "--as", "li.min"],
    "rules approve": lambda _: ["heat-pack", "--as", "gh-017"],
    "rules diff": lambda folder: ["heat-pack", folder / "draft.yaml"],
    "rules resume": lambda _: ["autumn-schooling", "--as", "gh-017"],
    "rules simulate": lambda folder: [folder / "draft.yaml"],
    "rules test": lambda folder: [folder / "cases.yaml"],
}
WITH_FINDINGS = {"run", "events replay", "events dead-letters replay", "rules lint"}  # exit code 1


ALONE = [
    *("audit list", "benefits expire", "doctor", "events dead-letters list", "events dead-letters replay"),
    *(
        "events types",
        "ledger balances",
        "ledger heads key",
        "ledger protect",
    ),
    *("ledger seal", "ledger verify", "members vault status", "migrate", "officers roles"),
    *("organisations list", "plan access"),
    *("plan coverage", "plan gaps", "reminders list", "reminders retry", "reminders send", "report benefits"),
    *("report coverage", "report members", "rules facts", "rules log", "rules show", "rules versions"),
    *("schedule list", "schedule run", "settings", "stations check", "stations list", "stations registers"),
    "stations unplaced",
]
LONG = {"plan gaps", "report coverage"}  # a minute each
LISTINGS = [
    pytest.param(path, marks=pytest.mark.endure) if path in LONG else path
    for path in sorted([*ALONE, *WITH_ARGUMENTS])
]


@pytest.fixture
def filled(yihui: Command, filled_folder: Path, tmp_path: Path) -> Command:
    """A database in which every listing has something to list."""
    copy_folder(filled_folder, tmp_path)
    return yihui


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of that database, with the files that commands read."""
    folder = tmp_path_factory.mktemp("listings")
    with commands_in(folder):
        _fill(folder)
    return folder


def _fill(folder: Path) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}))
    stations = [
        Station(id="a", name="泉城路驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district="370102",
                district_name="历下区", hours_text="看门口通知", access=Access.PUBLIC),
        Station(id="b", name="待定位驿站", kind=Kind.OUTDOOR_STATION, district="370102", district_name="历下区"),
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, datetime.now(UTC))
        _at_an_officers_desk(connection, folder / "draft.yaml")
    wiring.database.close()
    send = Sender()
    applied = send("application.submitted", programme="金秋助学", year=2026)
    lines = [send.joined("m-1"), send.birthday("m-1"), applied, send.birthday("m-2"), "{"]
    (folder / "before.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run_quietly("run", folder / "before.jsonl").code == 1
    assert (
        run_quietly(
            "budgets", "set", "birthday-cake", "--amount", "500", "--as", "gh-001", "--reason", "年度预算"
        ).code
        == 0
    )
    more = [send.joined("m-3"), "no event"]
    (folder / "events.jsonl").write_text("\n".join(more) + "\n", encoding="utf-8")
    (folder / "stations.csv").write_text(STATION_ROWS, encoding="utf-8")
    (folder / "places.csv").write_text("id,lon,lat,datum\nb,117.02,36.66,wgs84\n", encoding="utf-8")
    (folder / "roll.csv").write_text(ROLL, encoding="utf-8")
    (folder / "organisations.csv").write_text("组织代码,组织名称\n370202,市南区总工会\n", encoding="utf-8")
    assert run_quietly("organisations", "import", "--list", folder / "organisations.csv").code == 0
    (folder / "lottery.csv").write_text("会员代号\nm-1\n", encoding="utf-8")
    lottery = (
        "--to",
        folder / "lottery.json",
        "--secret-to",
        folder / "secret",
        "--seats",
        1,
        "--source",
        "福彩3D",
    )
    done = run_quietly(
        "lottery", "commit", folder / "lottery.csv", *lottery, "--draw-at", "2026-10-04T09:00+08:00"
    )
    assert done.code == 0
    (folder / "cases.yaml").write_text(CASE, encoding="utf-8")
    (folder / "rules").mkdir()
    (folder / "rules" / "faulty.yaml").write_text("id: x\n", encoding="utf-8")


def _at_an_officers_desk(connection: Connection, draft: Path) -> None:
    """A rule that waits for approval, one that is stopped, and one that isn't handed in yet."""
    now = datetime.now(UTC)
    officer = Officer("li.min", now, now.date(), "错")
    text = fill_template("item", DraftOptions(date(2026, 10, 4), "heat-pack"))
    hash_ = load_library([("heat-pack.yaml", text)]).rules[0].hash
    benefits.submit_rule_version(
        connection, officer, RuleSubmission(hash_, "heat-pack", date(2026, 10, 4), None, text)
    )
    benefits.stop_rule(connection, officer, "autumn-schooling", None)
    draft.write_text(fill_template("item", DraftOptions(date(2026, 10, 4), "rain-pack")), "utf-8")


@pytest.mark.parametrize("path", LISTINGS)
def test_a_listing_tells_people_and_programs_what_there_is(
    path: str, filled: Command, tmp_path: Path
) -> None:
    """English holds no full-width sign of ours; those in Chinese names, and around the code of one, stand behind Chinese."""
    arguments = WITH_ARGUMENTS[path](tmp_path) if path in WITH_ARGUMENTS else []
    before = tmp_path.with_name(f"{tmp_path.name}-before")
    copy_folder(tmp_path, before)
    done = filled(*path.split(), *arguments, "--json")
    assert done.code == (path in WITH_FINDINGS), done.words
    documents = parsed(done.out)
    assert documents
    assert all(documents), "an empty listing proves nothing"
    copy_folder(before, tmp_path)
    told = filled(*path.split(), *arguments, lang="en")
    assert told.words.strip()
    without_codes = re.sub(r"（[\d-]+）", "", told.words)
    assert not re.search(r"(?<![\u4e00-\u9fff”）])[：，；（）、]", without_codes), told.words


def parsed(out: str) -> list[object]:
    """One document, or one a line."""
    try:
        return [json.loads(out)]
    except ValueError:
        return [json.loads(line) for line in out.splitlines()]
