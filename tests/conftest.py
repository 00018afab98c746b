"""What tests need of the world, and which of them could not run for want of it."""

import ctypes
import gc
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.stream.access import StreamAccess
from store import Database, migrate_database, open_database
from tests import keycloak, profile, quick_sqlite, schema, tiers, wrong_clock
from tests.guards import lift_all_guards
from tests.reused import ReusedDatabases
from tests.stalls import LIMIT_S, chromium_ends_after
from tools.browser import CHROMIUM_PATH
from tools.servers import kafka, postgres
from tools.servers.small_disk import may_mount
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.valhalla_files import find_valhalla_programs

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.workermanage import WorkerController

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
NGINX = Path("/usr/sbin/nginx")


def _can_mount() -> bool:
    """Whether a process may mount a disk of its own, in a namespace that ends with it."""
    trial = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _has_valhalla() -> bool:
    try:
        return find_valhalla_programs().is_dir()
    except RoutingUnavailable:
        return False


_AT_HAND = {
    "shared": lambda: SHARED.is_dir(),
    "postgres": postgres.is_at_hand,
    "kafka": kafka.is_at_hand,
    "keycloak": keycloak.is_at_hand,
    "chromium": lambda: Path(CHROMIUM_PATH).exists(),
    "nginx": NGINX.exists,
    "curl": lambda: shutil.which("curl") is not None,
    "caddy": lambda: shutil.which("caddy") is not None,
    "mounts": _can_mount,
    "small_disk": may_mount,
    "routing": _has_valhalla,
    "tilemaker": lambda: shutil.which("tilemaker") is not None,
    "faketime": wrong_clock.is_at_hand,
}
_KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))]
_MIGRATED = "yihui_migrated"
# Another order of texts than SQLite's: what depends on it shows.
_OTHER_ORDER = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
_numbers = itertools.count(1)
_NOT_RUN = pytest.StashKey[list[str]]()
_PROGRESS = pytest.StashKey[tiers.Progress]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", help="the slice of `make endure` to run, as 3/6")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_NOT_RUN] = []
    gc.disable()  # until all is collected: modules and tests are no garbage
    part = config.getoption("--part")
    if part:
        tiers.parse_part(part)
        if not hasattr(config, "workerinput"):
            config.stash[_PROGRESS] = tiers.Progress(part)
            config.pluginmanager.register(config.stash[_PROGRESS])
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment] jsonschema would load a grammar for IRIs: 4 s
    profile.load()
    schema.install()
    quick_sqlite.install()


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of this run (`tests/tiers.py`), and leave out what can't run here.

    What can't run is named in the last lines, and a failure under CI.
    """
    tiers.mark(items)
    left_out = tiers.select(items, config.getoption("--part"))
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    missing = {need for need, is_there in _AT_HAND.items() if not is_there()}
    kept = []
    for item in items:
        needs = tiers.read_needs(item)
        if needs & missing:
            config.stash[_NOT_RUN].append(f"{item.nodeid} (needs {', '.join(sorted(needs & missing))})")
        else:
            kept.append(item)
    items[:] = kept


def pytest_collection_finish() -> None:
    """Collect garbage as rarely as the site and the commands do; a third of a test's processor time went there."""
    gc.collect()
    gc.freeze()  # all modules and tests: they last
    gc.set_threshold(GARBAGE_THRESHOLD)
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file whose tests are all another run's."""
    is_test = collection_path.name.startswith("test_")
    selection = config.option.markexpr
    return True if is_test and tiers.holds_nothing_for_this_run(collection_path, selection) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """Make no cases of a function that `make test` leaves to `make test-all`."""
    return [] if tiers.leaves_out(collector, name, obj) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    not_run = config.stash[_NOT_RUN]
    if not_run:
        terminalreporter.section(f"not run: {len(not_run)}")
        for name in not_run:
            terminalreporter.write_line(f"not run: {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """No test waits for Chromium for ever; what its fixtures take to start is not counted."""
    if "browser" not in getattr(item, "fixturenames", ()):
        return (yield)
    with chromium_ends_after(LIMIT_S):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: "WorkerController") -> None:
    """Where workers share the tests out, each tells what it left out."""
    known = node.config.stash[_NOT_RUN]
    told = getattr(node, "workeroutput", {})  # a worker that crashed has none
    known += [name for name in told.get("not_run", []) if name not in known]


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["not_run"] = session.config.stash[_NOT_RUN]
        return
    if os.environ.get("CI") == "true" and session.config.stash[_NOT_RUN]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if progress := session.config.stash.get(_PROGRESS, None):
        progress.finish(session, session.config.stash[_NOT_RUN])


@pytest.fixture
def shared() -> Path:
    """The real data beside the checkout; nothing of it is copied into the project."""
    return SHARED


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """The machine's Chromium, a new one for each file: what a service worker or a stall left ends with it.

    Never two at once: Playwright's sync API allows no second one beside it.
    """
    from playwright.sync_api import expect

    from tools.browser import open_chromium

    expect.set_options(timeout=30_000)  # as long as all else of Playwright waits
    with open_chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running private PostgreSQL; the URL lacks the database's name."""
    with postgres.cluster() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    with postgres.temporary_database(postgres_url, "empty", _OTHER_ORDER) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "yihui.db"
    _migrate(str(path))
    return path


@pytest.fixture(scope="session")
def migrated_name(postgres_url: str) -> str:
    """The name of a migrated database, to be copied."""
    _migrate(postgres.create_database(postgres_url, _MIGRATED, _OTHER_ORDER))
    return _MIGRATED


@pytest.fixture(scope="session")
def reused(postgres_url: str, migrated_name: str) -> ReusedDatabases:
    """Lends migrated PostgreSQL databases that hold nothing."""
    return ReusedDatabases(postgres_url, migrated_name)


def _migrate(target: str) -> None:
    opened = open_database(target)
    migrate_database(opened)
    opened.close()


@pytest.fixture(scope="session")
def broker() -> Iterator[kafka.Kafka]:
    """A running private Kafka of one broker, for all tests that leave it running."""
    with kafka.brokers() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def identity_provider() -> Iterator[keycloak.Keycloak]:
    """A running private Keycloak with the realm of the tests; their files are few, as each worker has its own."""
    with keycloak.running() as server:
        yield server


@pytest.fixture
def access(broker: kafka.Kafka) -> StreamAccess:
    """The way to that broker, with names of topics and groups that no other test uses."""
    return StreamAccess(broker.servers, prefix=f"test{next(_numbers)}")


@pytest.fixture(params=_KINDS)
def empty_target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's path or URL, once for each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "yihui.db")
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture(params=_KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The path or URL of a migrated database that holds nothing, once for each kind."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "yihui.db"))
        return
    yield request.getfixturevalue("migrated_server")


@pytest.fixture(params=_KINDS, scope="module")
def module_target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `target`, made once for all tests of a file."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("module")
        yield str(shutil.copy(request.getfixturevalue("migrated_file"), folder / "yihui.db"))
        return
    url, name = (request.getfixturevalue(one) for one in ("postgres_url", "migrated_name"))
    with postgres.temporary_database(url, "module", f'TEMPLATE "{name}"') as made:
        yield made


@pytest.fixture
def migrated_server(reused: ReusedDatabases) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database that holds nothing."""
    with reused.lent() as url:
        yield url


@pytest.fixture
def migrated_copy(postgres_url: str, migrated_name: str) -> Iterator[Database]:
    """A migrated PostgreSQL database whose schema a test may change."""
    with postgres.temporary_database(postgres_url, "copy", f'TEMPLATE "{migrated_name}"') as url:
        opened = open_database(url)
        yield opened
        opened.close()


@pytest.fixture
def database(target: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database, opened, once for each kind; without guards for tests that tamper with its rows."""
    opened = open_database(target)
    if request.node.get_closest_marker("tampers"):
        lift_all_guards(opened)
    yield opened
    opened.close()


_COLLECT_ABOVE_BYTES, _COLLECT_AFTER_BYTES = 1_000_000_000, 250_000_000
_left_bytes = [0]  # what was held after garbage was collected last


@pytest.fixture(autouse=True, scope="module")
def _returned_memory() -> Iterator[None]:
    """Return what a module's tests freed to the system: glibc keeps it, and a whole run would hold 2 GB.

    Garbage is collected only where the process has grown: it takes a second and more, for a thousand modules.
    """
    yield
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        return
    libc.malloc_trim(0)
    if _resident_bytes() > max(_COLLECT_ABOVE_BYTES, _left_bytes[0] + _COLLECT_AFTER_BYTES):
        gc.collect()
        libc.malloc_trim(0)
        _left_bytes[0] = _resident_bytes()


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
