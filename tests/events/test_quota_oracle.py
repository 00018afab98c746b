"""Places that are waited for: the ledger says what an oracle says, wherever batches end, and its replay says it too."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from benefits import canonical_export_lines, verify_ledger
from benefits.tables.decisions import decisions, grants, waiting_list
from benefits.tables.draws import lapses, waiting_moves
from core.civil_time import CIVIL_TIME
from events import EventRunner
from events.dead_letters import dead_letters
from events.replaying import FileReplaySource, JournalReplaySource, LedgerReplay, ReplaySource
from rules import RuleLibrary, load_library
from store import Database, open_database
from tests.events.quota_oracle import QuotaOracle, Terms

NOW = datetime(2027, 1, 15, 4, tzinfo=UTC)  # after all events: whoever moves up can claim from now on
TERMS = [
    Terms("a-flat", {"370202": 3}),
    Terms("b-nested", {"370202": 4, "370202001": 2, "370203": 1}, claim_days=9),
    Terms("c-deep", {"370200": 5, "370202001": 2, "370202001-00007": 1}),
]
RULE = """
id: %s
title: 名额
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2025-01-01}
on: campaign.entered
require: [{that: "member.status == 'active'", else: 不是在册会员}]
benefit: {kind: voucher, amount_fen: 7000, unit: 张}
limit: {times: 1, per: [member], every: quarter}
allocate: {mode: first_come, quotas: %s, every: quarter, waiting_list: true}
%s
"""
ORGANISATIONS = ["370202001", "370202001-00007", "370202002", "370203001", "370102001"]
KINDS = {
    "campaign.entered": 50,
    "member.transferred": 20,
    "member.left": 8,
    "member.joined": 8,
    "member.profile_changed": 8,
    "again": 6,
}


def library() -> RuleLibrary:
    texts = []
    for one in TERMS:
        claim = "" if one.claim_days is None else f"claim: {{within: P{one.claim_days}D}}"
        texts.append((f"{one.id}.yaml", RULE % (one.id, json.dumps(one.sizes), claim)))
    return load_library(texts)


def write_events(number: int, seed: int) -> list[str]:
    """A number of events in their order of time, from July to the end of the year; some come twice."""
    chance, texts = Random(seed), list[str]()
    members = [f"m-{one}" for one in range(number // 8)]
    at = datetime(2026, 7, 1, 1, tzinfo=CIVIL_TIME)
    step = timedelta(days=180) / number
    for count in range(number):
        at += step * chance.random() * 2 * 0.98
        (kind,) = chance.choices(list(KINDS), weights=list(KINDS.values()))
        if kind == "again" and texts:
            texts.append(chance.choice(texts[-20:]))
            continue
        if count < len(members) - 2:  # two join late, or not at all
            kind, member = "member.imported", members[count]
        else:
            kind, member = ("member.left" if kind == "again" else kind), chance.choice(members)
        data: dict[str, str] = {}
        if kind in ("member.imported", "member.joined", "member.transferred"):
            data["organisation"] = chance.choice(ORGANISATIONS)
        if kind in ("member.imported", "member.joined"):
            data["joined_on"] = "2020-01-01"
        if kind == "member.profile_changed":
            data["status"] = chance.choice(["active", "suspended"])
        if kind == "campaign.entered":
            data["campaign"] = "丁"
        raw = {"specversion": "1.0", "id": f"e-{count}", "source": "/oracle", "type": kind, "subject": member}
        texts.append(json.dumps(raw | {"time": at.isoformat(), "data": data}))
    return texts


def handled(database: Database, path: Path, size: int) -> None:
    rules = library()
    runner = EventRunner(database, lambda _: rules, lambda: NOW, batch_size=size)
    for _ in runner.run_file(path):
        pass


def told(database: Database) -> list[tuple[str, ...]]:
    """What the ledger says, in the oracle's words."""
    d, g = decisions.c, grants.c
    moved = waiting_moves.join(waiting_list, waiting_list.c.id == waiting_moves.c.waiting_id)
    lapsed = lapses.join(grants, g.id == lapses.c.grant_id)
    how = {"granted": "moved up", "passed": "passed"}
    with database.read() as connection:
        entered = select(d.rule_id, d.event_id, d.outcome).where(d.event_type == "campaign.entered")
        found = [("decided", *row) for row in connection.execute(entered)]
        claims = select(g.rule_id, g.member_id, g.claim_by).where(g.claim_by.is_not(None))
        found += [("claim by", rule, who, day.isoformat()) for rule, who, day in connection.execute(claims)]
        w = waiting_list.c
        moves = select(waiting_moves.c.how, w.rule_id, w.member_id, waiting_moves.c.moved_on)
        found += [
            (how[h], *of, day.isoformat()) for h, *of, day in connection.execute(moves.select_from(moved))
        ]
        ended = select(g.rule_id, g.member_id, lapses.c.lapsed_on).select_from(lapsed)
        found += [("lapsed", *of, day.isoformat()) for *of, day in connection.execute(ended)]
        letters = connection.execute(select(dead_letters.c.event_id)).scalars()
        return sorted([*found, *(("dead letter", str(one)) for one in letters)])


def exported(database: Database) -> list[str]:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return list(canonical_export_lines(connection))


def expected(path: Path) -> list[tuple[str, ...]]:
    lines = path.read_text("utf-8").splitlines()
    return QuotaOracle(TERMS, NOW.date()).handle_all(lines)


@pytest.fixture
def databases(tmp_path: Path, migrated_file: Path) -> Iterator[list[Database]]:
    """As many new databases as a test may need."""
    opened = []
    for number in range(3):
        (tmp_path / f"{number}.db").write_bytes(migrated_file.read_bytes())
        opened.append(open_database(str(tmp_path / f"{number}.db")))
    yield opened
    for one in opened:
        one.close()


def test_three_sizes_of_batches_say_what_the_oracle_says(databases: list[Database], tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(write_events(300, seed=8)) + "\n", "utf-8")
    right = expected(path)
    kinds = {row[0] for row in right}
    assert kinds == {"decided", "claim by", "moved up", "passed", "lapsed", "dead letter"}
    ledgers = []
    for database, size in zip(databases, (1, 7, 500), strict=False):
        handled(database, path, size)
        assert told(database) == right, size
        ledgers.append(exported(database))
    assert ledgers[0] == ledgers[1] == ledgers[2]


def replayed(source: ReplaySource, into: Database, size: int, real: Database) -> None:
    rules = library()
    later = EventRunner(into, lambda _: rules, lambda: NOW + timedelta(days=40), batch_size=size)
    for _ in LedgerReplay(later, real=real).run(source):
        pass


def test_a_replay_on_a_later_day_repeats_the_day_of_the_run(
    databases: list[Database], tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(write_events(120, seed=2)) + "\n", "utf-8")
    real, by_journal, by_file, *_ = databases
    handled(real, path, 7)
    replayed(JournalReplaySource(real), by_journal, 11, real)
    replayed(FileReplaySource(path), by_file, 13, real)
    assert exported(by_journal) == exported(by_file) == exported(real)


@pytest.fixture(scope="module")
def long_year(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> tuple[Path, list[str]]:
    """A file of 3,000 events, and the ledger that they give in batches of 100, which says what the oracle says."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "events.jsonl").write_text("\n".join(write_events(3_000, seed=3)) + "\n", "utf-8")
    (folder / "yihui.db").write_bytes(migrated_file.read_bytes())
    with closing(open_database(str(folder / "yihui.db"))) as database:
        handled(database, folder / "events.jsonl", 100)
        assert told(database) == expected(folder / "events.jsonl")
        return folder / "events.jsonl", exported(database)


@pytest.mark.endure
@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 50, 101, 500, 1_000, 3_000])
def test_any_size_of_batches_gives_one_ledger_on_both_databases_and_in_their_replay(
    databases: list[Database], long_year: tuple[Path, list[str]], migrated_server: str, size: int
) -> None:
    path, ledger = long_year
    file, replay, *_ = databases
    server = open_database(migrated_server)
    for database in (file, server):
        handled(database, path, size)
        assert exported(database) == ledger
    replayed(JournalReplaySource(server), replay, size, server)
    assert exported(replay) == ledger
    server.close()
