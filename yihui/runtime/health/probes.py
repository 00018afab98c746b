"""What a process answers to probes: /livez (it works), /readyz (it may be given work) and /metrics."""

import json
import socket
from collections.abc import Callable, Mapping
from time import monotonic

from core.faults import FaultError
from core.status_pages import StatusPage, StatusPages
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BoundedQuestion

WITHIN_S = 3.0
OK = "ok"
NO_ANSWER = "no answer"
Check = Callable[[], str]
"""Says ``ok``, or in a few words what is missing; never a name, a number or an address of a person."""


def build_probe_pages(
    wiring: Wiring,
    *,
    alive: Callable[[], StatusPage] | None = None,
    checks: Mapping[str, Check] | None = None,
    uses_brokers: bool = False,
) -> StatusPages:
    """Build the pages of a process. ``checks`` are its own, beside database, migrations and rules.

    Brokers that a process does not use, and clocks that differ, are named only while something is wrong with them,
    and don't take its work away (docs/decisions/0039).
    ``alive`` is its page ``/livez``; without it a process lives as long as it answers.
    """
    found: dict[str, Check] = {
        "database": lambda: check_database(wiring),
        "rules": lambda: check_rules(wiring),
    }
    notes: dict[str, Check] = {"clock": lambda: check_clock(wiring)}
    if uses_brokers or wiring.settings.kafka is not None:
        (found if uses_brokers else notes)["brokers"] = lambda: check_brokers(wiring)
    found |= checks or {}
    questions = {name: BoundedQuestion(check, WITHIN_S) for name, check in found.items()}
    noted = {name: BoundedQuestion(check, WITHIN_S) for name, check in notes.items()}
    return {
        "/livez": alive or (lambda: render_status(200, {"alive": True})),
        "/readyz": lambda: render_readiness(questions, noted),
        "/metrics": wiring.metrics.http_page,
    }


def render_readiness(
    questions: Mapping[str, BoundedQuestion[str]], notes: Mapping[str, BoundedQuestion[str]] | None = None
) -> StatusPage:
    """Return the page: status 200 if every check says ``ok``, otherwise 503. All that is asked ends in time.

    ``notes`` are shown if they don't say ``ok``, and decide nothing.
    """
    begin = monotonic()
    states = _ask_all(questions, begin)
    is_ready = all(state == OK for state in states.values())
    noted = {name: state for name, state in _ask_all(notes or {}, begin).items() if state != OK}
    return render_status(200 if is_ready else 503, {"ready": is_ready, **states, **noted})


def _ask_all(questions: Mapping[str, BoundedQuestion[str]], begin: float) -> dict[str, str]:
    states: dict[str, str] = {}
    for name, question in questions.items():
        # an earlier one hangs, and this one would ask the same database
        is_late = monotonic() - begin > WITHIN_S
        states[name] = NO_ANSWER if is_late else question.answer() or NO_ANSWER
    return states


def render_status(status: int, content: Mapping[str, object]) -> StatusPage:
    """Return a page for a monitor."""
    return status, "application/json", json.dumps(content).encode()


def check_database(wiring: Wiring) -> str:
    """Check that the database answers and has this version's tables."""
    from store import HEAD_REVISION

    try:
        found = wiring.read_revision()
    except StoreError as error:
        return error.faults[0].short_code
    if found == HEAD_REVISION:
        return OK
    return f"revision {found or '-'}, needed {HEAD_REVISION}"


def check_rules(wiring: Wiring) -> str:
    """Check that the rules in force can be loaded; a new installation has none."""
    try:
        _ = wiring.library
    except StoreError:
        return "unknown"  # the database says which rules are approved, and is checked by itself
    except FaultError as error:
        return f"faults: {len(error.faults)}"
    return OK


def check_brokers(wiring: Wiring) -> str:
    """Check that one of the brokers takes a connection."""
    from yihui.runtime.stream_settings import split_servers

    if wiring.settings.kafka is None:
        return "unset"
    servers = split_servers(wiring.settings.kafka.servers)
    for host, port in servers:
        try:
            socket.create_connection((host, port), timeout=WITHIN_S / len(servers) / 2).close()
        except OSError:
            continue
        return OK
    return "away"


def check_clock(wiring: Wiring) -> str:
    """Check that our clock and the database's say the same, as far as it matters for what is decided."""
    from events.envelope import CLOCK_SKEW
    from yihui.runtime.clock_offset import compare_clocks

    if not wiring.has_real_clock:
        return OK
    try:
        found = compare_clocks(wiring.database, wiring.now)
    except StoreError:
        return OK  # the database is checked by itself
    seconds = found.seconds
    return f"{seconds:+.0f} s from the database's" if abs(found.ahead) > CLOCK_SKEW else OK
