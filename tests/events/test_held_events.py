"""A stop holds at once on every runner, loses nothing, and changes nothing once the rule goes on."""

import multiprocessing
import os
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import benefits
from benefits import ActRefused, Officer, verify_ledger
from benefits.tables.decisions import decisions
from benefits.tables.rulebook import held_events
from events import EventRunner, InboundEvent, ResumeResult, parse_event, resume_rule
from rules import RuleLibrary, build_library, load_library
from store import Database, inbox, open_database
from tests.events.passing_days import empty_database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in, rows_in, write_in
from tools.servers.sending import NOW, Sender, handle_in, ledger

_HEAD = """
id: %s
title: 示例
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: %s
"""
TEXTS = {
    "cake": "member.birthday\nrequire: [{that: \"member.status == 'active'\", else: 未激活, remedy: 请激活}]\n"
    "benefit: {kind: voucher, amount_fen: 300, unit: 张}\nlimit: {times: 1, per: [member], every: calendar_year}\n",
    "pack": "member.joined\nbenefit: {kind: item, unit: 份}\nlimit: {times: 1, per: [member], every: once}\n",
}


def rules(**bodies: str) -> RuleLibrary:
    texts = []
    for id_, body in (bodies or TEXTS).items():
        on, rest = body.split("\n", 1)
        texts.append((f"{id_}.yaml", _HEAD % (id_, on) + rest))
    return load_library(texts)


RULES = rules()


def officer(reason: str = "面额写错了", at: datetime = NOW) -> Officer:
    return Officer("gh-017", at, at.date(), reason)


def stop(database: Database, rule: str = "cake") -> None:
    write_in(database, benefits.stop_rule, officer(), rule, None)


def go_on(database: Database, rule: str = "cake", library: RuleLibrary = RULES) -> ResumeResult:
    return write_in(database, resume_rule, officer(), rule, lambda _: library)


def outcomes(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(decisions).order_by(decisions.c.rule_id, decisions.c.event_id))
        return [(row.rule_id, row.event_id, row.outcome) for row in rows]


def test_while_a_rule_is_stopped_its_events_are_held_and_others_go_on(database: Database) -> None:
    send = Sender()
    stop(database)
    told = handle_in(database, RULES, [send.joined(), send.birthday()], 1)
    assert (told.handled, told.held) == (2, 1)
    assert outcomes(database) == [("pack", "e-1", "granted")]
    [why, _] = read_in(database, benefits.explain_decisions, "m-1")
    assert (why.outcome, why.rule_id, why.reasons[0].params["reason"]) == ("held", "cake", "面额写错了")


def test_an_event_that_the_rule_would_not_look_at_is_not_held(database: Database) -> None:
    send = Sender()
    stop(database, "pack")
    assert handle_in(database, RULES, [send.imported(), send.birthday()], 5).held == 0


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """Acts on few members, with a stop and a resumption somewhere."""
    days = st.integers(0, 500)
    acts = st.tuples(st.sampled_from(["joined", "birthday", "left"]), st.sampled_from(["m-1", "m-2"]), days)
    return draw(st.lists(acts, min_size=2, max_size=14))


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(25),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(life=lives(), cut=st.tuples(st.integers(0, 14), st.integers(0, 14)), size=st.integers(1, 4))
def test_stopped_and_gone_on_the_ledger_is_what_it_would_have_been(
    life: list[tuple[str, str, int]], cut: tuple[int, int], size: int, tmp_path: Path
) -> None:
    """Each held event is decided on what was known when it came, whatever came since."""
    send = Sender()
    lines = [send.imported("m-1"), send.imported("m-2")]
    for kind, member, number in life:
        day = date(2025, 1, 1) + timedelta(days=number)
        at = f"{day}T09:00:00+08:00"
        if kind == "joined":
            lines.append(send.joined(member, at))
        elif kind == "birthday":
            lines.append(send.birthday(member, str(day)))
        else:
            lines.append(send("member.left", member, at))
    generous = rules(
        cake=TEXTS["cake"].replace("times: 1", "times: 100"), pack=TEXTS["pack"].replace("every: once", "every: month")
    )  # fmt: skip
    plain = _run(tmp_path, generous, [lines], size)
    first, last = sorted(cut)
    stopped = _run(tmp_path, generous, [lines[:first], lines[first:last], lines[last:]], size)
    assert stopped == plain


def _run(folder: Path, library: RuleLibrary, parts: list[list[str]], size: int) -> list[str]:
    """The canonical ledger; between three parts the rule is stopped, then goes on."""
    for leftover in folder.glob("a.db*"):
        leftover.unlink()
    database = open_database(str(empty_database(folder / "a.db")))
    for number, part in enumerate(parts):
        if number == 1:
            stop(database)
        if number == 2:
            go_on(database, library=library)
        if part:
            handle_in(database, library, part, size)
    assert read_in(database, verify_ledger).disagreements == ()
    found = ledger(database)
    database.close()
    # Which of several slots a grant has is the order of deciding, and no member can tell.
    return sorted(line for line in found if '"table":"limit_slots"' not in line)


def test_what_was_held_is_decided_under_the_version_of_its_day(database: Database) -> None:
    early = TEXTS["cake"]
    late = early.replace("300", "900")
    on, rest = early.split("\n", 1)
    first = (_HEAD % ("cake", on)).replace("2026-12-31", "2026-05-31") + rest
    second = (_HEAD % ("cake", on)).replace("2024-01-01", "2026-06-01") + late.split("\n", 1)[1]
    both = load_library([("a.yaml", first), ("b.yaml", second)])
    send = Sender()
    stop(database)
    handle_in(database, both, [send.imported(), send.imported("m-2"), send.birthday("m-2", "2026-06-02"),
                               send.birthday("m-1", "2026-05-30")], 5)  # fmt: skip
    resumed = go_on(database, library=both)
    amounts = [(r.event.member, r.decision.benefit.amount_fen) for r in resumed.rulings if r.decision.benefit]
    assert amounts == [("m-1", 300), ("m-2", 900)], "in order of time"


def test_what_no_version_looks_at_any_more_is_counted(database: Database) -> None:
    send = Sender()
    stop(database)
    handle_in(database, RULES, [send.imported(), send.birthday()], 5)
    resumed = go_on(database, library=build_library([], []))
    assert (resumed.decided, resumed.out_of_scope) == (0, 1)
    assert go_on_again(database) == "not stopped"


def go_on_again(database: Database) -> str:
    try:
        go_on(database)
    except ActRefused:
        return "not stopped"
    return "went on twice"


def test_a_second_stop_is_refused_and_says_who_was_first(database: Database) -> None:
    stop(database)
    with pytest.raises(ActRefused, match="gh-017"):
        stop(database)


# -- with real processes --

WRITERS, BATCHES, SIZE = 4, 12, 5


def _lines(writer: int, batch: int) -> list[str]:
    send = Sender()
    made = []
    for number in range(SIZE):
        name = f"{writer}-{batch}-{number}"
        made.append(send("member.birthday", f"m-{name}", "2026-05-20T00:00:00+08:00", on="2026-05-20",
                         envelope={"id": f"b-{name}"}))  # fmt: skip
    return made


def _write(target: str, writer: int, gate: object, stopped: object) -> None:
    """A runner of its own: each batch is one transaction. The last one comes after the stop."""
    database = open_database(target)
    runner = EventRunner(database, lambda _: RULES, lambda: NOW, batch_size=SIZE)
    gate.wait(60)  # type: ignore[attr-defined]
    for batch in range(BATCHES):
        if batch == BATCHES - 1:
            stopped.wait(60)  # type: ignore[attr-defined]
        items = [InboundEvent(parse_event(line, NOW), "x") for line in _lines(writer, batch)]
        for _ in runner.run_events(items):
            pass
    database.close()
    os._exit(0)


def _stop(target: str, gate: object, stopped: object, seed: int) -> None:
    """Waits until some batches are in, then stops the rule in the midst of the others."""
    database = open_database(target)
    enough = random.Random(seed).randint(1, WRITERS * BATCHES // 2) * SIZE
    gate.wait(60)  # type: ignore[attr-defined]
    while _decided(database) < enough:
        pass
    stop(database)
    # What is decided by now stays: nothing of the rule may be decided after the stop was committed.
    (Path(os.environ["STOPPED"]) / "at").write_text(str(_decided(database)))
    stopped.set()  # type: ignore[attr-defined]
    database.close()
    os._exit(0)


def _decided(database: Database) -> int:
    return len(rows_in(database, select(decisions.c.id)))


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.endure) for seed in (2, 3))])
def test_every_batch_is_wholly_before_a_stop_or_wholly_after(
    seed: int, target: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOPPED", str(tmp_path))
    send = Sender()
    members = [f"m-{w}-{b}-{n}" for w in range(WRITERS) for b in range(BATCHES) for n in range(SIZE)]
    handle_in(database, RULES, [send.imported(member) for member in members], 500)
    database.close()
    context = multiprocessing.get_context("fork")
    gate, stopped = context.Barrier(WRITERS + 1), context.Event()
    crowd = [
        context.Process(target=_write, args=(target, writer, gate, stopped)) for writer in range(WRITERS)
    ]
    crowd.append(context.Process(target=_stop, args=(target, gate, stopped, seed)))
    for process in crowd:
        process.start()
    for process in crowd:
        process.join(120)
    assert [process.exitcode for process in crowd] == [0] * len(crowd)
    with database.read() as connection:
        assert len(connection.execute(select(inbox)).all()) == 2 * len(members)
        granted = {row.event_id for row in connection.execute(select(decisions))}
        held = {row.event_id for row in connection.execute(select(held_events))}
        assert verify_ledger(connection).disagreements == ()
    assert len(granted) == int((tmp_path / "at").read_text()), "nothing was decided after the stop"
    assert not granted & held
    assert granted and held, "the stop came in the midst"
    for writer in range(WRITERS):
        for batch in range(BATCHES):
            events = {f"b-{writer}-{batch}-{number}" for number in range(SIZE)}
            assert events <= granted or events <= held, f"batch {batch} of writer {writer} was torn"
    resumed = go_on(database)
    assert resumed.decided == len(held)
    with database.read() as connection:
        assert len(connection.execute(select(decisions)).all()) == len(members), "nothing was lost"
        assert verify_ledger(connection).disagreements == ()
