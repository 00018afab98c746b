"""One of two PostgreSQL servers dies and its standby takes over: nothing is lost or doubled, and riders notice nothing.

The figures of the drill are properties of the test's record (``--junit-xml``); `make bench` measures them, too.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from store import migrate_database, open_database
from tests.chaos.reckoning import all_have_outcomes, reckon
from tests.yihui.commands import commands_through
from tests.yihui.http.serving import until
from tests.yihui.http.test_database_away import configure
from tools.servers import postgres
from tools.servers.failing_over import SOURCE, fail_over, two_servers
from tools.servers.standby import PASSWORD, server_pair
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.runtime.health import run_health_check
from yihui.runtime.health.standby import STANDBY_CHECK

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres")]


@pytest.mark.needs("kafka")
def test_a_standby_takes_over_and_nothing_that_was_accepted_is_lost(
    record_testsuite_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with two_servers() as (made, pair):
        found = fail_over(made, pair)
        for name, value in found.figures().items():
            record_testsuite_property(f"failover_{name}", value)
        ids = set(found.senders.ids())
        made.until(lambda: made.query(lambda c: all_have_outcomes(c, SOURCE, ids)), "all is handled")
        wiring = build_wiring(Settings(made.url, made.folder / "data"))
        reckoned = reckon(wiring, SOURCE, found.senders.recorder.accepted())
        wiring.close()
        assert reckoned.holds, reckoned
        assert reckoned.accepted == len(ids) > 300
        assert found.riders.failures == []
        logs = [path.read_text() for path in made.folder.glob("*.log")]
        assert len(logs) > len(made.kept) and not [log for log in logs if PASSWORD in log]
        assert [kept.ends for kept in made.kept.values()] == [[]] * len(made.kept), "none had to be restarted"
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        typed = commands_through(capsys)
        assert typed("ledger", "verify").code == 0
        assert typed("migrate", "--check").code == 0
        assert typed("backup", "--to", tmp_path / "after.yihui").code == 0
        checks = {check["id"]: check for check in json.loads(typed("doctor", "--json").out)}
        assert checks["database"]["state"] == "ok"
        assert f"127.0.0.1:{pair.primary_port},127.0.0.1:{pair.standby_port}" in checks["database"]["detail"]
        assert checks["standby"]["state"] == "missing", "there is no second server any more"


def test_the_doctor_says_whether_a_standby_could_take_over(tmp_path: Path) -> None:
    with server_pair() as pair:
        database = open_database(pair.url)
        migrate_database(database)
        wiring = build_wiring(Settings(pair.url, tmp_path, language="en"))
        assert _standby(wiring) == ("ok", "standbys: 1; every commit waits for them")
        assert _standby_wait_s(wiring) == 0
        postgres.stop(str(pair.standby))
        assert _standby(wiring)[0] == "broken"
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(_write, pair.first)
            until(lambda: _standby_wait_s(wiring) > 0.5)
            assert not written.done()
            configure(pair.first, "RESET synchronous_standby_names")
        assert written.result() is None
        until(lambda: _standby(wiring)[0] == "missing")
        alone = build_wiring(Settings(pair.first, tmp_path, language="en"))
        assert _standby(alone)[0] == "ok"
        for opened in (wiring, alone, database):
            opened.close()


def _standby_wait_s(wiring: Wiring) -> float:
    """What the alert YihuiStandbyAway looks at."""
    families = text_string_to_metric_families(wiring.metrics.render_text().decode())
    return next(one.samples[0].value for one in families if one.name == "yihui_standby_wait_seconds")


def _write(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE TABLE written ()")


def _standby(wiring: Wiring) -> tuple[str, str]:
    found = run_health_check(wiring, STANDBY_CHECK)
    return found.state, found.detail
