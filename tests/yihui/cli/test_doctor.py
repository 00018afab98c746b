"""What the doctor sees: brokers, topics, lag, clocks, the database; with a remedy for each, and soon."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from events import InboundEvent, accept_events, parse_event
from events.stream import administration
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from members.joining.consents import append_consent
from store import migrate_database, open_database
from tests.events.telling import World, happened
from tests.township_town import write_townships
from tests.yihui.cli.test_streets import build
from tests.yihui.commands import Command
from tests.yihui.services.joining_people import CITY, TEXT, joining_wiring
from tools.servers.postgres import free_port
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cli import run_command_line
from yihui.runtime.health import run_health_checks
from yihui.runtime.health.check_result import HealthCheckResult
from yihui.runtime.health.database import clock_skew_finding


@pytest.fixture(autouse=True)
def at_the_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIHUI_NOW", raising=False)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is away is given up after a moment."""
    monkeypatch.setattr(administration, "_BOOTSTRAP_WITHIN_MS", 200)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_wiring(Settings(database=target, data_folder=tmp_path, language="en"))
    yield made
    made.close()


def checks(wiring: Wiring) -> dict[str, HealthCheckResult]:
    return {check.id: check for check in run_health_checks(wiring)}


def at(wiring: Wiring, access: StreamAccess) -> Wiring:
    return build_wiring(replace(wiring.settings, kafka=access), wiring.now)


def test_an_empty_database_lacks_what_comes_next_and_nothing_is_broken(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checks(wiring)
    for id_ in ("broker", "stations", "rules", "schedule", "backup"):
        assert found[id_].state == "missing" and (found[id_].remedy or id_ == "broker")
    assert "officers add" in (found["rules"].remedy or "")
    assert not {"topics", "lag", "broker_clock"} & set(found)
    assert [check.id for check in found.values() if check.state == "broken"] == []
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    for command in (("schedule", "run"), ("backup", "--to", str(tmp_path / "first.backup"))):
        assert run_command_line(["--db", wiring.settings.database, *command], "en") == 0
    later = checks(wiring)
    assert (later["schedule"].state, later["backup"].state) == ("ok", "ok")
    tomorrow = build_wiring(wiring.settings, lambda: datetime.now(UTC) + timedelta(days=2))
    later = checks(tomorrow)
    assert (later["schedule"].state, later["backup"].state) == ("missing", "missing")


def test_where_people_can_join_online_a_union_says_how_it_handles_an_id_number(
    wiring: Wiring, tmp_path: Path
) -> None:
    assert "consents" not in checks(wiring)
    joining = joining_wiring(wiring.settings.database, tmp_path, language="en")
    assert checks(joining)["consents"].state == "missing"
    for text_, state in ((TEXT, "ok"), (None, "missing")):
        with joining.database.write() as connection:
            append_consent(connection, CITY, text_, "li", joining.now())
        assert checks(joining)["consents"].state == state
    joining.close()


@pytest.mark.needs("kafka")
def test_a_stack_is_looked_at_from_its_topics_to_its_workers(wiring: Wiring, access: StreamAccess) -> None:
    from kafka import KafkaProducer

    wired = at(wiring, access)
    before = checks(wired)
    assert (before["broker"].state, before["topics"].state) == ("ok", "broken")
    assert access.topic_name("member-events") in before["topics"].detail
    assert "yihui topics apply" in before["topics"].remedy
    assert "lag" not in before  # there is nothing that could wait

    apply_topic_changes(access)
    made = checks(wired)
    assert (made["topics"].state, made["lag"].state, made["broker_clock"].state) == (
        "ok",
        "missing",
        "missing",
    )

    producer = KafkaProducer(**access.kafka_arguments())
    for _ in range(3):
        producer.send(access.topic_name("member-events"), b"{}").get(10)
    producer.close()
    waiting, deadline = checks(wired), time.monotonic() + 30
    while "can't tell yet" in waiting["lag"].detail and time.monotonic() < deadline:
        waiting = checks(wired)  # the first group that a broker hears of takes it a moment
    assert waiting["lag"].state == "broken"
    assert "messages that wait: 3" in waiting["lag"].detail
    assert waiting["lag"].remedy == "start yihui worker"
    assert waiting["broker_clock"].state == "ok"


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_a_brokers_clock_that_is_ahead_shows_in_its_stamps(wiring: Wiring, access: StreamAccess) -> None:
    from kafka import KafkaProducer

    apply_topic_changes(access)
    producer = KafkaProducer(**access.kafka_arguments())
    producer.send(access.topic_name("member-events"), b"{}").get(10)
    producer.close()
    behind = build_wiring(
        replace(wiring.settings, kafka=access), lambda: datetime.now(UTC) - timedelta(minutes=7)
    )
    assert checks(behind)["broker_clock"].state == "broken"


def test_dead_brokers_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    """Through the command, with nothing behind the port."""
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_KAFKA", address)
    code = run_command_line(["--db", str(tmp_path / "yihui.db"), "doctor", "--json"], "en")
    found = {check["id"]: check for check in json.loads(capsys.readouterr().out)}
    assert code == 3
    assert found["broker"]["state"] == "broken"
    assert address in found["broker"]["detail"]
    assert "correct YIHUI_KAFKA" in found["broker"]["remedy"]
    assert "topics" not in found


def test_a_database_of_a_newer_version_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    newer = open_database(str(path))
    migrate_database(newer)
    with newer.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer.close()
    before = path.read_bytes()
    found = checks(build_wiring(Settings(str(path), tmp_path, language="en")))
    assert (found["database"].state, found["migrations"].state) == ("ok", "broken")
    assert "(revision 9999)" in found["migrations"].detail
    assert "upgrade Yihui" in found["migrations"].remedy
    assert "stations" not in found
    assert path.read_bytes() == before


def test_a_database_that_is_away_is_told_once(tmp_path: Path) -> None:
    target = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    found = checks(build_wiring(Settings(target, tmp_path, language="en")))
    assert found["database"].state == "broken"
    assert not {"migrations", "clock", "stations", "ingress"} & set(found)


@pytest.mark.both_databases
def test_clocks_are_compared(wiring: Wiring) -> None:
    assert checks(wiring)["clock"].state == "ok"
    behind = build_wiring(wiring.settings, lambda: datetime.now(UTC) - timedelta(minutes=6))
    state = checks(behind)["clock"].state
    assert state == ("ok" if wiring.database.is_sqlite else "broken")  # a file has no clock of its own


def test_a_record_of_the_future_is_told(wiring: Wiring) -> None:
    now = datetime.now(UTC)
    ahead = build_wiring(wiring.settings, lambda: now + timedelta(hours=1))
    assert list(ahead.runner.run_events([InboundEvent(parse_event(Sender().imported(), now), "test")]))
    ahead.close()
    found = checks(wiring)["clock"]
    assert found.state == "missing" and "the newest record" in found.detail and found.remedy


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0.9, "ok"), (-0.9, "ok"), (2, "missing"), (-2, "missing"), (301, "broken"), (-301, "broken")],
)
def test_a_clock_matters_by_how_wrong_it_is(wiring: Wiring, seconds: float, state: str) -> None:
    found = clock_skew_finding(wiring, timedelta(seconds=seconds))
    assert found.state == state
    assert bool(found.remedy) == (state != "ok")


def test_a_clock_that_stands_still_is_told(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-03T23:10+08:00")
    assert checks(wiring)["clock"].state == "missing"


@pytest.mark.parametrize(
    ("age_s", "stream", "state"), [(5, False, "ok"), (90, False, "missing"), (90, True, "broken")]
)
def test_events_that_nobody_takes_are_told_by_their_age(
    wiring: Wiring, soon: None, age_s: int, stream: bool, state: str
) -> None:
    now = datetime.now(UTC)
    event = parse_event(Sender().imported(), now)
    with wiring.database.write() as connection:
        accept_events(connection, [event], now - timedelta(seconds=age_s))  # type: ignore[list-item]
    settings = replace(wiring.settings, kafka=StreamAccess(f"127.0.0.1:{free_port()}") if stream else None)
    found = checks(build_wiring(settings))["ingress"]
    assert found.state == state
    assert "events that wait: 1" in found.detail
    assert bool(found.remedy) == (state != "ok")


def test_receivers_that_cant_be_told_are_named(wiring: Wiring) -> None:
    assert checks(wiring)["webhooks"].state == "ok"
    world = World(wiring.database)
    id_ = world.add(f"http://127.0.0.1:{free_port()}/").id
    happened(wiring.database, "a", "b")
    world.tell()
    found = checks(wiring)["webhooks"]
    assert (found.state, bool(found.remedy)) == ("missing", True)
    assert "waiting 2, given up 0" in found.detail and id_ in found.detail


def test_a_table_that_something_dropped_is_named_with_the_way_back(wiring: Wiring) -> None:
    assert checks(wiring)["tables"].state == "ok"
    with wiring.database.write() as connection:
        connection.execute(text("DROP TABLE inbox"))
    found = checks(wiring)
    assert (found["migrations"].state, found["tables"].state) == ("ok", "broken")
    assert found["tables"].detail == "missing: inbox"
    assert "yihui restore" in found["tables"].remedy


@pytest.fixture
def streets(tmp_path: Path, yihui: Command) -> Path:
    folder = tmp_path / "the streets"
    build(yihui, write_townships(tmp_path / "town.osm.pbf"), folder, part="townships")
    return folder


def check_streets(tmp_path: Path, folder: Path | None) -> HealthCheckResult:
    wiring = build_wiring(Settings(str(tmp_path / "y.db"), tmp_path, language="en", streets=folder))
    found = checks(wiring)["streets"]
    wiring.close()
    return found


def test_streets_are_whole_or_of_another_version_or_none(tmp_path: Path, streets: Path) -> None:
    found = check_streets(tmp_path, streets)
    assert (found.state, found.detail, found.remedy) == ("ok", "townships", "")
    record = streets / "streets.json"
    content = json.loads(record.read_text("utf-8"))
    content["parts"]["townships"]["form"] -= 1
    record.write_text(json.dumps(content), encoding="utf-8")
    found = check_streets(tmp_path, streets)
    assert (found.state, found.detail) == ("broken", "built by another version: townships")
    assert found.remedy.endswith(f"yihui streets build FILE.osm.pbf --to '{streets}'")
    assert check_streets(tmp_path, tmp_path / "nothing").state == "broken"
    assert check_streets(tmp_path, None).state == "missing"
