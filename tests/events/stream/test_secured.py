"""A broker with SCRAM and TLS on: every client of ours gets in by the settings, and nobody by wrong ones."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benefits.tables.decisions import grants
from events import Event, accept_events, parse_event
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes, fetch_topics_state
from events.stream.engine import faust_credentials
from events.stream.faults import NoStream, find_connection_error
from events.stream.lag import fetch_consumer_lag
from store import Database, open_database
from tools.servers import kafka
from tools.servers.securing import PASSWORD, USER, certificate, secured
from tools.servers.sending import Sender
from tools.servers.streaming import wait_until
from yihui.runtime.stream_settings import read_stream_access
from yihui.services.rules.rules import SHIPPED_RULES

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka")]


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody else's certificate."""
    return certificate(tmp_path_factory.mktemp("strangers"))


@pytest.fixture(scope="module")
def cluster(ca: Path) -> Iterator[kafka.Kafka]:
    with secured(ca) as running:
        yield running


@pytest.fixture
def settings(cluster: kafka.Kafka, ca: Path) -> dict[str, str]:
    """As a user would write them."""
    return {
        "YIHUI_KAFKA": cluster.servers,
        "YIHUI_KAFKA_PROTOCOL": "SASL_SSL",
        "YIHUI_KAFKA_MECHANISM": "SCRAM-SHA-512",
        "YIHUI_KAFKA_USER": USER,
        "YIHUI_KAFKA_PASSWORD": PASSWORD,
        "YIHUI_KAFKA_CA": str(ca),
    }


@pytest.fixture
def guarded(settings: dict[str, str]) -> StreamAccess:
    access = read_stream_access(settings)
    assert access is not None
    return access


def test_topics_the_relay_a_worker_and_who_asks_for_the_lag_get_in(
    guarded: StreamAccess, settings: dict[str, str], migrated_file: Path, tmp_path: Path
) -> None:
    apply_topic_changes(guarded)
    assert apply_topic_changes(guarded) == ()
    target = str(shutil.copy(migrated_file, tmp_path / "yihui.db"))
    _accept(target, Sender().joined("m-1"))
    yihui = [sys.executable, "-m", "yihui", "--db", target]
    rules = {"YIHUI_RULES": str(SHIPPED_RULES)}
    env = {**os.environ, **settings, **rules, "YIHUI_DATA_FOLDER": str(tmp_path)}
    relayed = subprocess.run([*yihui, "relay", "--once", "--json"], env=env, capture_output=True, check=True)
    assert json.loads(relayed.stdout)["sent"]["http"] == 1
    with subprocess.Popen([*yihui, "worker"], env=env, stderr=subprocess.PIPE) as process:
        try:
            _wait_for_a_grant(target, process)
            found = fetch_consumer_lag(guarded)
            assert found is not None and found.consumers == 1
        finally:
            process.terminate()


def _wait_for_a_grant(target: str, process: "subprocess.Popen[bytes]") -> None:
    database = open_database(target)

    def is_granted() -> bool:
        assert process.stderr is not None
        assert process.poll() is None, process.stderr.read().decode()
        return _grants(database) > 0

    try:
        wait_until(is_granted)
    finally:
        database.close()


def _grants(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(grants)) or 0


def _accept(target: str, text: str) -> None:
    now = datetime.now(UTC)
    event = parse_event(text, now)
    assert isinstance(event, Event)
    database = open_database(target)
    with database.write() as connection:
        accept_events(connection, [event], now)
    database.close()


def told(access: StreamAccess) -> str:
    """What a command would say."""
    with pytest.raises(NoStream) as refused:
        fetch_topics_state(access)
    (fault,) = refused.value.faults
    assert PASSWORD not in repr(fault)
    return fault.message


NOT_LET_IN = "doesn't let us in"
NOT_VOUCHED_FOR = "nobody we trust vouches for"
NO_CERTIFICATES = "can't be read as certificates"


def test_each_wrong_setting_is_told_for_what_it_is(
    guarded: StreamAccess, access: StreamAccess, strangers: Path, ca: Path, tmp_path: Path
) -> None:
    port = guarded.servers.rpartition(":")[2]
    (tmp_path / "no.pem").write_text("no certificate")
    wrong = {
        "password": (replace(guarded, password="wrong"), NOT_LET_IN),
        "user": (replace(guarded, user="somebody"), NOT_LET_IN),
        "no password": (replace(guarded, password=None), NOT_LET_IN),
        "nobody": (replace(guarded, user=None, password=None), NOT_LET_IN),
        "another SCRAM": (replace(guarded, mechanism="SCRAM-SHA-256"), NOT_LET_IN),
        "no SCRAM": (replace(guarded, mechanism="PLAIN"), NOT_LET_IN),
        "neither TLS nor login": (replace(guarded, protocol="PLAINTEXT"), NOT_LET_IN),
        "no TLS": (replace(guarded, protocol="SASL_PLAINTEXT"), NOT_LET_IN),
        "no login": (replace(guarded, protocol="SSL"), NOT_LET_IN),
        "TLS where there is none": (replace(access, protocol="SSL", ca_file=ca), NOT_LET_IN),
        "login where there is none": (replace(guarded, servers=access.servers), NOT_LET_IN),
        # The password is not sent there: the handshake ends before the login.
        "somebody else's certificate": (replace(guarded, ca_file=strangers), NOT_VOUCHED_FOR),
        "whom the machine trusts": (replace(guarded, ca_file=None), NOT_VOUCHED_FOR),
        "another name": (replace(guarded, servers=f"localhost:{port}"), NOT_VOUCHED_FOR),
        "no file": (replace(guarded, ca_file=tmp_path / "none.pem"), NO_CERTIFICATES),
        "no certificate": (replace(guarded, ca_file=tmp_path / "no.pem"), NO_CERTIFICATES),
    }
    with ThreadPoolExecutor(len(wrong)) as pool:  # a client gives up only after seconds
        messages = dict(zip(wrong, pool.map(told, [given for given, _ in wrong.values()]), strict=True))
    assert {name: said for name, said in messages.items() if wrong[name][1] not in said} == {}


def test_a_broker_that_stands_still_was_not_reached(access: StreamAccess, broker: kafka.Kafka) -> None:
    """It is connected to, as the machine does that for it, and never answers."""
    broker.brokers[0].pause()
    try:
        assert "can't be reached" in str(find_connection_error(access))
    finally:
        broker.brokers[0].resume()


def test_the_password_is_in_no_text_of_the_access(guarded: StreamAccess) -> None:
    assert PASSWORD not in repr(guarded)
    assert PASSWORD not in repr(faust_credentials(guarded))
