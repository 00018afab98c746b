"""Every command that prints a listing prints it as JSON too; which commands there are, the app says."""

import contextlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import Connection

import benefits
from benefits import Officer, RuleSubmission
from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from rules import load_library
from tests.events.sending import Sender
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings
from yihui.cli import build_app, run_command_line
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.rules.drafts import DraftOptions, fill_template

NOT_A_LISTING = {
    "backup",  # writes a file
    "restore",  # says what it restored
    *("keys new", "keys backup", "keys restore"),  # write files
    *("login", "logout"),  # say that it is done
    # Need an extract: tests/yihui/cli/test_streets.py looks at their JSON and their lines.
    *("streets build", "streets search"),
    "routing build",  # says where the tiles are: tests/yihui/services/test_routing.py has streets
    "members erase",  # says that it is done
    # Need PostgreSQL: tests/yihui/cli/test_archive.py looks at their JSON and their lines.
    *(f"archive {act}" for act in ("list", "open", "write")),
    "stations export",  # writes a file
    # Need what riders said: tests/yihui/cli/test_pins_and_use.py looks at their JSON.
    *("stations pins", "stations use"),
    # Need a poll: tests/yihui/cli/test_polls.py looks at their JSON.
    *(f"polls {act}" for act in ("create", "list", "show", "answer", "close", "results")),
    # Need cases and articles: tests/yihui/cli/test_hotline.py looks at their JSON.
    *(
        f"hotline {act}"
        for act in (
            *("open", "list", "show", "unmask", "dispatch", "accept", "suspend", "resume", "answer", "close"),
            *("call-back", "overdue", "escalate", "rates", "delete-old", "deletions"),
            *(f"articles {act}" for act in ("add", "change", "review", "list", "show", "search")),
        )
    ),
    # Need a case file: tests/yihui/cli/test_hardship.py looks at their JSON.
    *(
        f"hardship {act}"
        for act in (
            *(
                "open",
                "change",
                "measure",
                "review",
                "close",
                "reopen",
                "list",
                "show",
                "unmask",
                "photo",
                "line",
            ),
            *(f"visit {act}" for act in ("plan", "release", "hand-over", "end")),
        )
    ),
    # Need an inspection: tests/yihui/cli/test_inspections.py looks at their JSON.
    *(f"inspections {act}" for act in ("plan", "list", "tasks", "show", "record", "withdraw", "photo")),
    # Need a policy: tests/yihui/cli/test_mutual_aid.py looks at their JSON.
    *(
        f"mutual-aid {act}"
        for act in (
            *("submit", "preview", "list", "why", "approve", "refuse", "send-back", "correct", "withdraw"),
            "reverse",
            *(
                f"policies {act}"
                for act in (
                    "write",
                    "approve",
                    "withdraw",
                    "enrol",
                    "correct-enrolment",
                    "confirm-correction",
                    "list",
                    "show",
                )
            ),
        )
    ),
    # Need somebody who waits: tests/yihui/cli/test_joins.py looks at their JSON.
    *(f"joins {act}" for act in ("list", "approve", "refuse", "review", "settings", "escalate", "batch")),
    # Need many members of a home: tests/yihui/cli/test_founding_proposals.py looks at their JSON.
    *(f"organisations proposals {act}" for act in ("list", "accept")),
    # Need officers, or what waits: tests/yihui/cli/test_officers.py and test_officers_way.py look at their JSON.
    *(f"officers {act}" for act in ("add", "appoint", "withdraw", "end", "reset", "link", "list", "show")),
    *(f"approvals {act}" for act in ("list", "confirm", "refuse")),
    "ledger export",  # is JSON already
    "audit export",  # writes a file
    "ledger heads send",  # needs a receiver: tests/yihui/cli/test_ledger_heads.py looks at its JSON
    "events asyncapi",  # is JSON already
    # Need a letter's id: tests/yihui/cli/test_dead_letters.py looks at their JSON.
    *(f"events dead-letters {act}" for act in ("drop", "mend", "show")),
    "lottery commit",  # writes files
    "lottery draw",  # writes a file
    "lottery publish",  # writes files
    "allocate",  # writes a file
    # Need entries of a draw, and grants: tests/yihui/cli/test_draws.py looks at their JSON.
    *("benefits claim", "benefits entries", "benefits give-up", "lottery list", "waiting list"),
    # Need codes and merchants' keys: tests/yihui/cli/test_vouchers.py has both, and looks at their JSON.
    *(f"vouchers {act}" for act in ("issue", "show", "redeem", "refund", "void", "batch", "lost")),
    # Need a card and its token, which turns: tests/yihui/cli/test_cards.py looks at their JSON.
    *(f"cards {act}" for act in ("show", "issue", "verify", "keys list")),
    *(f"cards {act}" for act in ("block", "replace", "keys rotate", "keys retire")),  # say that it is done
    "organisations qr",  # writes a file
    *(f"vouchers merchants {act}" for act in ("key", "revoke", "list")),
    # Need appeals, debts and who is asked: tests/yihui/cli/test_benefit_why.py looks at their JSON.
    *(f"benefits {act}" for act in ("appeal", "appeals", "answer", "debts", "settle-debt", "waive-debt")),
    "benefits forget-appeal",  # says how many there were
    # Need receivers and something to tell: tests/yihui/cli/test_webhooks.py looks at their JSON.
    # Need a sender with keys: tests/yihui/cli/test_senders.py looks at their JSON.
    *(f"senders {act}" for act in ("add", "rotate", "revoke", "list", "show")),
    *(f"webhooks {act}" for act in ("add", "list", "deliveries", "retry", "test", "deliver", "remove")),
    # Need files of demand, candidates or another register: tests/yihui/test_plan_*.py look at their JSON.
    *(f"plan {act}" for act in ("compare", "demand", "sites")),
    "plan export",  # writes layers
    "rules schema",  # is JSON already
    "rules expressions",  # prints a page to read
    "map",  # writes a file
    *("serve", "relay", "worker", "schedule follow"),  # run until they are stopped
    "demo",  # shows other commands with what they print
    "stations unlink",  # says that it is done; `stations show` lists it
    "waiting decide",  # the same, in `rules log`
    "events publish",  # needs a broker: tests/events/stream/test_publishing.py looks at its JSON
    *(
        "topics apply",
        "topics list",
    ),  # need a broker: tests/yihui/cli/test_topics.py looks at their JSON
    # Say what was done, or write a file: tests/yihui/cli/test_organisations.py looks at their JSON.
    *(f"organisations {act}" for act in ("found", "rename", "move", "merge", "dissolve", "split")),
    *("organisations import", "organisations export", "organisations rebuild"),
    # Say what was recorded: tests/yihui/cli/test_duties.py looks at their JSON.
    *(
        f"organisations duties {act}"
        for act in ("election", "members", "received", "passed-up", "report", "withdraw")
    ),
    # Need a page: tests/yihui/cli/test_organisation_pages.py looks at their JSON.
    *(f"organisations page {act}" for act in ("edit", "show", "publish", "withdraw")),
    # Need a key, a person and what is typed: tests/yihui/cli/test_vault.py and test_person_export.py look at their JSON.
    *(f"members {act}" for act in ("find", "unmask", "unmaskings", "export")),
    *(f"members vault {act}" for act in ("create-key", "rotate", "move", "forget-old-keys")),
    "members late",  # lists nothing here: tests/events/test_late_changes.py
    # Change a membership: tests/yihui/cli/test_memberships.py looks at their JSON.
    *(f"members {act}" for act in ["transfer", "leave", "retire", "suspend", "resume", "rejoin", "decease"]),
    "members birthdays",  # writes events, each in JSON already
    "keepers revoke",  # says that it is done
    "stations devices revoke",  # the same
    # Need a member with points: tests/yihui/cli/test_points.py looks at their JSON.
    *(f"points {act}" for act in ("show", "spend")),
    # Need a session and its members: tests/yihui/cli/test_sessions.py looks at their JSON.
    *(f"sessions {act}" for act in ("create", "list", "show", "enrol", "cancel", "attend", "close")),
    "stations devices list",  # needs a device: tests/yihui/cli/test_station_devices.py looks at its JSON
    *("rules draft", "feeds draft", "feeds convert"),  # write a file
    # Need mappings and what apps send: tests/yihui/cli/test_feeds.py looks at their JSON.
    *(f"feeds {act}" for act in ("check", "preview", "run", "link", "list")),
    *(f"rules {act}" for act in ("reject", "retire", "stop")),  # say that it is done; `rules log` lists it
    # Need batches, invoices, marks: tests/yihui/cli/test_payout.py and the like look at their JSON.
    *(f"payout {act}" for act in ("prepare", "release", "export", "import-return", "cancel", "list", "show")),
    "ledger reconcile",
    "ledger dossier",
    # Say what holds at the station then, as `stations show` does with --json.
    *(f"keepers {act}" for act in ("broken", "closed-today", "fine", "hours", "inspected", "repaired")),
}
STATION_ROWS = "编号,名称,类型,经度,纬度,开放时间\nB,大明湖驿站,驿站,117.0254,36.6733,9:00-17:00\n"
ROLL = "身份证号,组织代码,入会日期\n11010519491231002X,370202001-00017,2020-05-01\n"
CASE = """\
- case: 新会员得一份
  rule: new-member-pack
  event: {type: member.joined, occurred_on: 2026-05-01}
  member: {status: active, organisation: "370202001"}
  expect: {outcome: due}
"""

# What each needs to have something to say; the default is nothing.
ARGUMENTS: dict[str, Callable[[Path], list[object]]] = {
    "run": lambda folder: [folder / "events.jsonl"],
    "events replay": lambda folder: [folder / "events.jsonl"],
    "stations import": lambda folder: [folder / "stations.csv", "--datum", "wgs84"],
    "stations nearest": lambda _: ["117.02", "36.66", "--datum", "wgs84"],
    "stations show": lambda _: ["a"],
    "stations link": lambda _: ["b", "b-new", "--as", "zhang.gong"],
    "stations place": lambda _: ["b", "117.02", "36.66", "--datum", "wgs84", "--as", "zhang.gong"],
    "organisations show": lambda _: ["370202"],
    "organisations duties show": lambda _: ["370202"],
    "members import": lambda folder: [folder / "roll.csv"],
    "members show": lambda _: ["m-1"],
    "members applications": lambda _: ["--member", "m-1"],
    "members memberships": lambda _: ["m-1"],
    "benefits list": lambda _: ["--member", "m-1"],
    "benefits why": lambda _: ["--member", "m-1"],
    "vouchers merchants add": lambda _: ["xindao", "--name", "新岛面包房"],
    "keepers add": lambda _: ["a"],
    "keepers issue": lambda _: ["a"],
    "stations devices add": lambda _: ["a"],
    "lottery verify": lambda folder: [folder / "lottery.json"],
    "rules lint": lambda folder: [folder / "rules"],
    "rules submit": lambda folder: [folder / "draft.yaml", "--as", "li.min"],
    "rules approve": lambda _: ["heat-pack", "--as", "gh-017"],
    "rules diff": lambda folder: ["heat-pack", folder / "draft.yaml"],
    "rules resume": lambda _: ["autumn-schooling", "--as", "gh-017"],
    "rules reverse": lambda _: ["birthday-cake", "--since", "2026-01-01", "--as", "gh-017", "--reason", "错"],
    "rules simulate": lambda folder: [folder / "draft.yaml"],
    "rules test": lambda folder: [folder / "cases.yaml"],
}
WITH_FINDINGS = {"run", "events replay", "events dead-letters replay", "rules lint"}  # exit code 1


def leaves(command: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every command that does something, by its path."""
    below = getattr(command, "commands", {})
    for name, inner in below.items():
        yield from leaves(inner, f"{path} {name}".strip())
    if not below:
        yield path, command


LEAVES = dict(leaves(typer.main.get_command(build_app())))
LISTINGS = sorted(set(LEAVES) - NOT_A_LISTING)


def options_of(command: object) -> set[str]:
    return {option for parameter in getattr(command, "params", ()) for option in parameter.opts}


@pytest.fixture
def filled(yihui: Command, filled_folder: Path, tmp_path: Path) -> Command:
    """A database in which every listing has something to list."""
    shutil.copytree(filled_folder, tmp_path, dirs_exist_ok=True)
    return yihui


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of that database, with the files that commands read."""
    folder = tmp_path_factory.mktemp("listings")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YIHUI_DATA_FOLDER", str(folder))
        environment.setenv("YIHUI_NOW", "2026-10-03T23:10+08:00")
        environment.delenv("YIHUI_DATABASE_URL", raising=False)
        (folder / DEMO_MARKER_FILE).touch()  # an officer acts under a stopped clock
        _fill(folder)
    yield folder


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
    assert run_quietly("run", folder / "before.jsonl") == 1
    assert run_quietly("keepers", "issue", "a") == 0
    assert (
        run_quietly("ledger", "budget", "--as", "gh-001", "--reason", "年度预算", "birthday-cake", "500") == 0
    )
    more = [send.joined("m-3"), "no event"]
    (folder / "events.jsonl").write_text("\n".join(more) + "\n", encoding="utf-8")
    (folder / "stations.csv").write_text(STATION_ROWS, encoding="utf-8")
    (folder / "roll.csv").write_text(ROLL, encoding="utf-8")
    (folder / "organisations.csv").write_text("组织代码,组织名称\n370202,市南区总工会\n", encoding="utf-8")
    assert run_quietly("organisations", "import", folder / "organisations.csv") == 0
    (folder / "lottery.csv").write_text("会员代号\nm-1\n", encoding="utf-8")
    lottery = ("--to", folder / "lottery.json", "--secret-to", folder / "secret", "--seats", 1)
    done = run_quietly(
        "lottery", "commit", folder / "lottery.csv", *lottery, "--draw-at", "2026-10-04T09:00+08:00"
    )
    assert done == 0
    (folder / "cases.yaml").write_text(CASE, encoding="utf-8")
    (folder / "rules").mkdir()
    (folder / "rules" / "faulty.yaml").write_text("id: x\n", encoding="utf-8")


def run_quietly(*arguments: object) -> int:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return run_command_line([str(argument) for argument in arguments], "zh")


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
def test_every_listing_command_has_json_and_lists_what_there_is(
    path: str, filled: Command, tmp_path: Path
) -> None:
    assert "--json" in options_of(LEAVES[path])
    arguments = ARGUMENTS.get(path, lambda _: [])(tmp_path)
    done = filled(*path.split(), *arguments, "--json")
    assert done.code == (path in WITH_FINDINGS), done.words
    documents = parsed(done.out)
    assert documents
    assert all(documents), "an empty listing proves nothing"


def parsed(out: str) -> list[object]:
    """One document, or one a line."""
    try:
        return [json.loads(out)]
    except ValueError:
        return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("path", LISTINGS)
def test_what_stands_in_for_people_is_no_json(path: str, filled: Command, tmp_path: Path) -> None:
    """And English holds no full-width sign of ours; those in Chinese names stand behind Chinese."""
    arguments = ARGUMENTS.get(path, lambda _: [])(tmp_path)
    done = filled(*path.split(), *arguments, lang="en")
    assert done.words.strip()
    assert not re.search(r"(?<![\u4e00-\u9fff”）])[：，；（）、]", done.words), done.words
