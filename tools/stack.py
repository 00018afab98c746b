"""Run the scaled stack on this machine, to try it: Kafka, PostgreSQL, and the services of deploy/compose.yaml.

    python -m tools.stack start [--folder build/stack] [--workers 3]
    python -m tools.stack stop  [--folder build/stack]

All servers listen on free ports of 127.0.0.1 and run on after the command ends. Not for production:
PostgreSQL accepts every local connection, and neither Kafka nor PostgreSQL flushes to disk.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from core.text_marks import N_
from tools.compose_file import ComposeService, read_compose_services
from tools.processes import DetachedProcess, end_processes
from tools.servers import kafka, postgres
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.runtime.language import language_from_environment, load_language

EXIT_FINDINGS, EXIT_ENVIRONMENT = 1, 3
_LIVE_WITHIN_S, _POLL_EVERY_S = 120.0, 0.1
render_message = load_language(language_from_environment(os.environ)).render


class StackError(Exception):
    """The stack can't be started; the message gives the cause, in the reader's language."""

    def __init__(self, told: str, exit_code: int = EXIT_ENVIRONMENT) -> None:
        super().__init__(told)
        self.exit_code = exit_code


@dataclass(slots=True)
class Stack:
    """The processes of a stack, as stored in ``stack.json``; ``looks`` are pages that answer once all is live."""

    folder: Path
    processes: list[DetachedProcess] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)  # of the site, and of the one for riders alone
    looks: dict[str, str] = field(default_factory=dict)
    is_live: bool = False

    @property
    def record_file(self) -> Path:
        return self.folder / "stack.json"

    def save(self) -> None:
        """Store the record after each step, so that a start that failed can be stopped too."""
        known = asdict(self) | {"folder": str(self.folder)}
        beside = self.record_file.with_suffix(".new")
        beside.write_text(json.dumps(known, indent=1))
        beside.replace(self.record_file)

    @classmethod
    def load(cls, folder: Path) -> "Stack | None":
        record = folder / "stack.json"
        if not record.exists():
            return None
        known = json.loads(record.read_text() or "{}")
        processes = [DetachedProcess(**each) for each in known.pop("processes", [])]
        return cls(**known | {"folder": folder, "processes": processes})


def main() -> None:
    options = _options()
    try:
        if options.act == "stop":
            stop_stack(options.folder)
        else:
            start_stack(options.folder, options.workers)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("act", choices=["start", "stop"])
    parser.add_argument("--folder", type=Path, default=Path("build/stack"))
    parser.add_argument("--workers", type=int, default=3)
    return parser.parse_args()


def start_stack(folder: Path, workers: int) -> None:
    """Start the whole stack and wait until it is live.

    *Raises*: StackError; all that was started is then stopped.
    """
    _check_at_hand()
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(folder.resolve())
    try:
        stack.record_file.touch(exist_ok=False)  # if two start at once, only one continues
    except FileExistsError:
        _report_running(stack.folder)
        return
    with _all_or_nothing(stack):
        stack.save()
        _start_servers(stack)
        _prepare(stack)
        _start_ours(stack, workers)
        _wait_until_live(stack)
        stack.is_live = True
        stack.save()
    sys.stderr.write(render_message(N_("the stack is running; make stack-stop ends it")) + "\n")
    _print_stack(stack)


def stop_stack(folder: Path) -> None:
    """Stop the stack, first the processes that write, then the servers; remove the folder."""
    stack = Stack.load(folder)
    if stack is None:
        sys.stderr.write(render_message(N_("no stack is running")) + "\n")
        return
    _end(stack)
    sys.stderr.write(render_message(N_("the stack is stopped")) + "\n")


def _end(stack: Stack) -> None:
    servers = [process for process in stack.processes if process.name in ("kafka", "postgresql")]
    end_processes(process for process in stack.processes if process not in servers)
    for process in servers:
        end_processes([process], signal.SIGINT if process.name == "postgresql" else signal.SIGTERM)
    for folder in [*map(Path, stack.folders), stack.folder]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _all_or_nothing(stack: Stack) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        told = _failure_text(error)
        _end(stack)
        if told is not None:
            raise StackError(told) from error
        raise


def _failure_text(error: BaseException) -> str | None:
    """Return the error output of a server that didn't start."""
    if isinstance(error, subprocess.CalledProcessError):
        return (error.stderr or error.stdout or b"").decode(errors="replace")[-2000:] or str(error)
    return str(error) if isinstance(error, RuntimeError) else None


def _check_at_hand() -> None:
    missing = []
    if shutil.which("java") is None:
        missing.append(render_message(N_("Java is missing: install a Java runtime, version 17 or newer")))
    elif not kafka.is_at_hand():
        missing.append(render_message(N_("Kafka's files are missing: run tools/servers.sh (it needs Maven)")))
    if not postgres.is_at_hand():
        missing.append(
            render_message(N_("PostgreSQL 15 is missing: run tools/servers.sh, or install postgresql-15"))
        )
    if missing:
        raise StackError("\n".join(missing))


def _report_running(folder: Path) -> None:
    stack = Stack.load(folder)
    gone = [process.name for process in stack.processes if not process.is_running] if stack else []
    if stack is None or gone or not stack.is_live:
        told = render_message(
            N_("a stack was begun here that isn't whole ({names}): make stack-stop, then make stack"),
            names=", ".join(gone) or folder,
        )
        raise StackError(told, EXIT_FINDINGS)
    sys.stderr.write(render_message(N_("the stack is running already; make stack-stop ends it")) + "\n")
    _print_stack(stack)


def _print_stack(stack: Stack) -> None:
    """Print shell commands that set the environment, with the rest as comments."""
    told = render_message(
        N_("the site is at {site}, logs are in {folder}; a shell in which yihui finds the stack is given:"),
        site=stack.pages["site"],
        folder=stack.folder,
    )
    sys.stdout.write(f"# {told}\n")
    for name, value in stack.environment.items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    for name, address in (*stack.pages.items(), *stack.looks.items()):
        sys.stdout.write(f"# {name}: {address}\n")


def _start_servers(stack: Stack) -> None:
    _step(N_("starting Kafka"))
    (broker,) = kafka.laid_out(stack.folder / "kafka")
    broker.start(wait=False)
    assert broker.process is not None
    _note(stack, "kafka", broker.process.pid)
    _step(N_("starting PostgreSQL"))
    place, url = postgres.started()
    stack.folders.append(str(place))
    _note(stack, "postgresql", int((place / "data" / "postmaster.pid").read_text().split()[0]))
    broker.wait_until_up()
    data = stack.folder / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    (data / DEMO_MARKER_FILE).touch()  # a trial on this machine: events are posted without a key
    stack.environment = {
        "YIHUI_DATABASE_URL": f"{url}/yihui",
        "YIHUI_KAFKA": broker.address,
        "YIHUI_DATA_FOLDER": str(data),
    }
    stack.save()


def _note(stack: Stack, name: str, pid: int) -> None:
    try:
        stack.processes.append(DetachedProcess.from_pid(name, pid))
    except ProcessLookupError as error:
        raise _not_started(stack, name) from error
    stack.save()


def _not_started(stack: Stack, name: str) -> StackError:
    log = stack.folder / f"{name}.log"
    said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    return StackError(render_message(N_("{name} did not start; it said:"), name=name) + f"\n{said}")


def _prepare(stack: Stack) -> None:
    """Create topics and tables once, before several processes would create them at the same time."""
    import psycopg

    import yihui.schema  # noqa: F401
    from events.stream.access import StreamAccess
    from events.stream.administration import apply_topic_changes
    from store import migrate_database, open_database

    _step(N_("making topics and tables"))
    url = stack.environment["YIHUI_DATABASE_URL"]
    with psycopg.connect(url.removesuffix("yihui") + "postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE yihui")
    database = open_database(url)
    try:
        migrate_database(database)
    finally:
        database.close()
    apply_topic_changes(StreamAccess(stack.environment["YIHUI_KAFKA"]))


def _start_ours(stack: Stack, workers: int) -> None:
    """Start our processes with the commands and the settings of deploy/compose.yaml."""
    _step(N_("starting the sites, the relay, the schedule and the workers"))
    services = read_compose_services()
    worker = services["worker-1"]
    for name in ("riders", "site", "relay", "schedule"):
        _start_service(stack, name, services[name])
    for name in (f"worker-{number}" for number in range(1, workers + 1)):
        _start_service(stack, name, worker)
    stack.save()


def _start_service(stack: Stack, name: str, service: ComposeService) -> None:
    """Start a service here: on ports of this machine, in this folder, and under no name of a site.

    A service whose setting names one face (``riders=${…}``) serves this face; any other site serves all faces.
    """
    probes, arguments = f"127.0.0.1:{postgres.free_port()}", list(service.arguments)
    if "--port" in arguments:
        port = str(postgres.free_port())
        arguments[arguments.index("--port") + 1] = port
        arguments[arguments.index("--host") + 1] = "127.0.0.1"
        stack.pages[name] = f"http://127.0.0.1:{port}"
    here = {**service.environment, **stack.environment, "YIHUI_PROBES": probes}
    for left_out in ("YIHUI_DATABASE_URL_FILE", "YIHUI_BEHIND_PROXY", "YIHUI_MEMBERS_NAME"):
        here.pop(left_out, None)
    if face := re.match(r"(\w+)=\$\{\w", here.pop("YIHUI_FACES", "")):
        here["YIHUI_FACES"] = face[1]
    stack.looks[name] = f"http://{probes}/readyz"
    _run(stack, name, arguments, here)


def _run(stack: Stack, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    with (stack.folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yihui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(environment),
            start_new_session=True,
        )
    _note(stack, name, process.pid)


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the settings of another stack, or of a production system."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHUI_")}
    kept = {name: os.environ[name] for name in ("YIHUI_LANG", "YIHUI_RULES") if name in os.environ}
    return inherited | kept | dict(ours)


def _wait_until_live(stack: Stack) -> None:
    _step(N_("waiting until all are live"))
    for name, address in stack.looks.items():
        _until(stack, name, lambda address=address: _answers(address))  # type: ignore[misc]


def _until(stack: Stack, name: str, holds: Callable[[], bool]) -> None:
    process = next(process for process in stack.processes if process.name == name)
    deadline = time.monotonic() + _LIVE_WITHIN_S
    while not holds():
        if not process.is_running or time.monotonic() > deadline:
            raise _not_started(stack, name)
        time.sleep(_POLL_EVERY_S)  # it is another process: there is nothing to wait on


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def _step(text: str) -> None:
    sys.stderr.write(f"… {render_message(text)}\n")


if __name__ == "__main__":
    main()
