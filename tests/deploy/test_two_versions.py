"""A rolling upgrade: the former version and this one on one PostgreSQL and one Kafka, with traffic all the while."""

import http.client
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from threading import Event, Thread

import pytest

from store import HEAD_REVISION, database_revision
from tests.chaos.kept import ROOT
from tests.chaos.reckoning import all_have_outcomes, reckon
from tests.chaos.recorder import Recorder
from tests.chaos.town import Town, serve_arguments, town, worker_arguments
from tests.chaos.traffic import requests
from tests.postgres import free_port
from yihui.bootstrap import Settings, build_wiring

WORKERS = 2
SEED, SOURCE, MEMBERS = 1, "/chaos/1", 3_000  # more than are sent before the upgrade is over
BETWEEN_S = 0.1
PAGES = (
    "/",
    "/healthz",
    "/api/v1/stations/nearest?lat=36.66&lon=117.02&datum=wgs84",
    "/api/v1/organisations",
    "/api/v1/polls",
    "/api/v1/members/s1-m0/benefits",
    "/api/v1/members/s1-m0/memberships",
    "/api/v1/members/s1-m0/points",
)


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def _earlier_commit() -> str:
    """The last commit with another revision than this tree's."""
    if _git("rev-parse", "--is-shallow-repository") != "false":
        # A shallow clone has nothing to build the former version from; the release is made from a whole one.
        pytest.skip("this clone has no history, so there is no earlier version to build")
    introduced = f'HEAD_REVISION = "{HEAD_REVISION}"'
    return _git("log", "--format=%H", f"-S{introduced}", "--", "store/migration.py").splitlines()[-1] + "^"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an unpacked wheel of the earlier commit."""
    source, wheels, program = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "program"))
    archive = source / "tree.zip"
    _git("archive", "--format=zip", f"--output={archive}", _earlier_commit())
    zipfile.ZipFile(archive).extractall(source)
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--no-build-isolation"]
    subprocess.run([*build, "--python", sys.executable, "--out-dir", wheels], cwd=source, check=True)
    [wheel] = wheels.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(program)
    return program


class Traffic:
    """Senders and readers of all sites in service, one request after another; what wasn't answered well is kept."""

    def __init__(self, ports: list[int], recorder: Recorder) -> None:
        self.ports = ports
        self.sent: set[str] = set()  # the ids of events
        self.failures: list[str] = []
        self.answers = 0
        self._recorder = recorder
        self._stopped = Event()
        self._turned = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def wait(self, turns: int = 3) -> None:
        """Wait until so many further turns have begun and ended at every site in service."""
        for _ in range(turns):
            self._turned.clear()
            assert self._turned.wait(60) or self._stopped.is_set(), "the traffic has stopped"

    def take_out(self, port: int) -> None:
        """Give a site no further requests, and return once it has answered its last one."""
        self.ports.remove(port)
        self.wait(2)

    def _run(self) -> None:
        pages = cycle(PAGES)
        for request in requests(SEED, MEMBERS):
            for port in list(self.ports):
                self._post(port, request)  # at two sites: one of both is a repetition
                self._ask(port, next(pages))
            self._turned.set()
            if self._stopped.wait(BETWEEN_S):
                return
        self.failures.append("all members are in before the upgrade is over")

    def _post(self, port: int, events: list[dict[str, object]]) -> None:
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        content = self._answer(port, "POST", "/api/v1/events", json.dumps(events).encode(), headers)
        if content is not None:
            self._recorder.keep(events, json.loads(content)["accepted"])
            self.sent.update(str(event["id"]) for event in events)

    def _ask(self, port: int, path: str) -> None:
        self._answer(port, "GET", path, None, {})

    def _answer(
        self, port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> bytes | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{method} {path}: {error!r}")
            return None
        finally:
            connection.close()
        if answer.status >= 400:
            self.failures.append(f"{method} {path}: {answer.status} {content[:200]!r}")
            return None
        self.answers += 1
        return content


@pytest.fixture(scope="module")
def installation(earlier: Path) -> Iterator[Town]:
    with town(1, WORKERS, earlier) as made:
        yield made


def _revision(made: Town) -> str | None:
    with made.database.read() as connection:
        return database_revision(connection)


@pytest.mark.needs("kafka", "postgres")
def test_two_versions_serve_beside_each_other_without_an_error(installation: Town) -> None:
    made, earlier = installation, installation.kept["serve"].program
    recorder = Recorder(made.folder / "accepted.jsonl")
    _let_in(made)
    assert (before := _revision(made)) != HEAD_REVISION
    with Traffic([made.port], recorder) as traffic:
        traffic.wait()
        made.start("migrate", ["migrate"])
        assert made.kept.pop("migrate").ended() == 0
        assert _revision(made) == HEAD_REVISION != before
        traffic.wait()  # the former version on the new tables
        newer = free_port()
        made.start("serve-2", serve_arguments(newer))
        made.until(lambda: made.answers(newer), "the new site answers")
        traffic.ports.append(newer)
        traffic.wait()
        for number in range(1, WORKERS + 1):
            assert made.kept[f"worker-{number}"].end() == 0
            made.start(f"worker-{number}", worker_arguments(number))
            traffic.wait(10)
        assert {kept.program for kept in made.workers} == {ROOT}
        assert made.kept["relay"].end() == 0
        made.start("relay", ["relay"])
        traffic.wait()
        traffic.take_out(made.port)
        assert made.kept.pop("serve").end() == 0
        made.port = newer
        traffic.wait()
    recorder.close()
    assert sorted(set(traffic.failures)) == []
    assert traffic.answers > 100
    made.until(lambda: made.asked(lambda c: all_have_outcomes(c, SOURCE, traffic.sent)), "all is handled")
    wiring = build_wiring(Settings(made.url, made.folder / "data"))
    try:
        found = reckon(wiring, SOURCE, recorder.accepted())
    finally:
        wiring.close()
    assert found.holds, found
    assert {kept.program for kept in made.kept.values()} == {ROOT} != {earlier}
    assert [kept.ends for kept in made.kept.values()] == [[]] * len(made.kept), "none ended by itself"


def _let_in(made: Town) -> None:
    """The members whom the pages are about are there before anybody asks for them."""
    first = next(requests(SEED, MEMBERS))
    assert made.post(first) is not None
    ids = {str(event["id"]) for event in first}
    made.until(lambda: made.asked(lambda c: all_have_outcomes(c, SOURCE, ids)), "the first are handled")
