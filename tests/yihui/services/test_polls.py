"""Polls in a real database: one answer a member, anonymity against whoever has the database, and the event."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from benefits import Officer
from core.faults import FaultError
from events import EventRunner, erase_everywhere
from members import record_member_changes
from members.polls.repository import has_ballots
from members.polls.tables import polls
from rules import load_library
from store import Database, find_fold_faults
from tests.events.scheduling import change
from tests.members.test_polls import GOOD
from tests.transactions import change_in, read_in, value_in, write_in
from tests.yihui.nouns import her, show
from tests.yihui.polls import OFFICER, answer_poll, close_poll, create_poll, parse_form
from tests.yihui.refusals import do_at_once, faults_of, refused
from tests.yihui.services.joining_people import Clock
from yihui.access.poll_fold import POLL_FOLD
from yihui.access.tables import form_submissions
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.polls.acts import PollForm, build_poll
from yihui.cases.polls.chart import load_poll_chart
from yihui.cases.polls.own import ANSWER, AnswersForm
from yihui.cases.polls.pages import NOUN
from yihui.frame.doing import build_digest
from yihui.frame.once import OnceKey
from yihui.frame.typed import parse_values

VOTERS = 120


@dataclass
class Town:
    wiring: Wiring
    clock: Clock
    folder: Path
    target: str

    @property
    def database(self) -> Database:
        return self.wiring.database

    def create(self, content: str = GOOD) -> None:
        create_poll(self.wiring, content)

    def show(self) -> dict[str, Any]:
        """Show the poll; one that is over is counted first."""
        return show(self.wiring, OFFICER, NOUN, "best-station")

    def count(self, question: str) -> list[object]:
        return [row["count"] for row in self.show()["results"] if row["id"] == question]

    def answer(self, member: str, once: str = "", at: datetime | None = None, **answers: object) -> object:
        self.clock.now += timedelta(seconds=7)
        sent = {"best": "泉城路", "score": 4, **answers}
        return answer_poll(self.wiring, "best-station", member, once=once, at=at, **sent)


@pytest.fixture
def town(target: str, tmp_path: Path) -> Iterator[Town]:
    clock = Clock(datetime(2026, 10, 5, tzinfo=UTC))
    wiring = build_wiring(Settings(target, tmp_path / "data"), clock)
    day = datetime(2024, 1, 1, tzinfo=UTC).date()
    members = [
        change(f"m-{n:03}", day, status="active", organisation="370102001-00001") for n in range(VOTERS)
    ]
    members += [
        change("m-left", day, status="left", organisation="370102001-00001"),
        change("m-away", day, status="active", organisation="310000001-00001"),
        change("m-nowhere", day, status="active"),
    ]
    write_in(wiring.database, record_member_changes, members, clock())
    yield Town(wiring, clock, tmp_path, target)
    wiring.database.close()


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every table as whoever has the whole database sees it: in stored order, with PostgreSQL's own columns."""
    hidden = "" if database.is_sqlite else ", xmin::text, cmin::text, ctid::text"
    tables = (
        "polls",
        "poll_participants",
        "poll_ballots",
        "poll_answers",
        "ingress",
        "journal",
        "member_changes",
    )
    with database.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT *{hidden} FROM {name}"))]
            for name in tables
        }


@pytest.mark.both_databases
def test_nobody_with_the_whole_database_can_join_anonymous_answers_to_members(town: Town) -> None:
    town.create()
    order = [f"m-{number:03}" for number in range(VOTERS)]
    random.Random(7).shuffle(order)
    words = {member: f"词{number}" for number, member in enumerate(order)}
    for member in order:
        town.answer(member, best="泉城路" if int(member[2:]) % 2 else "大明湖", why=words[member])
    before = dump(town.database)
    assert before["poll_answers"] == []
    ballots = before["poll_ballots"]
    assert len({len(bytes(row[2])) for row in ballots}) == 1, "the length tells what was answered"
    for name, rows in before.items():
        if name != "polls":
            seen = " ".join(
                str(bytes(one) if isinstance(one, memoryview) else one) for row in rows for one in row
            )
            assert "泉城路" not in seen
            assert not re.search(r"词\d", seen)
    if town.database.is_sqlite:
        for file in Path(town.target).parent.glob("yihui.db*"):
            assert "词7".encode() not in file.read_bytes()
    town.clock.now = datetime(2026, 11, 2, tzinfo=UTC)
    town.show()
    after = dump(town.database)
    assert after["poll_ballots"] == []
    assert all(member not in str(after["poll_answers"]) for member in order)
    if not town.database.is_sqlite:
        assert len({row[-3] for row in after["poll_answers"]}) == 1, "transactions tell answers apart"
    said = [json.loads(str(row[3])) for row in after["poll_answers"] if row[2] == "why"]
    assert sorted(said) == sorted(words.values())
    events = [json.loads(str(row[1]))["subject"] for row in after["ingress"]]
    participants = [str(row[1]) for row in after["poll_participants"]]
    stored = [said] if town.database.is_sqlite else [said, _by_place(after["poll_answers"])]
    sealed = sorted(ballots, key=lambda row: str(row[0]))
    by_ballot = [words[order[ballots.index(row)]] for row in sealed] if not town.database.is_sqlite else []
    for guess in ([words[m] for m in events], [words[m] for m in participants], by_ballot):
        for found in stored:
            for one in (guess, guess[::-1]):
                hits = sum(a == b for a, b in zip(one, found, strict=False))
                assert hits < 12, "an order gives answers away"  # one hit by chance on average
    assert {json.loads(str(row[1]))["data"]["answers"] for row in after["ingress"]} == {2}


def _by_place(rows: list[tuple[object, ...]]) -> list[str]:
    """The texts in the order in which PostgreSQL stores them."""

    def place(row: tuple[object, ...]) -> tuple[int, ...]:
        return tuple(int(part) for part in str(row[-1]).strip("()").split(","))

    return [json.loads(str(row[3])) for row in sorted(rows, key=place) if row[2] == "why"]


def test_fewer_than_five_anonymous_ballots_are_never_opened(town: Town) -> None:
    town.create()
    for number in range(4):
        town.answer(f"m-{number:03}", why=f"词{number}")
    assert town.show()["participants"] == "hidden"
    close_poll(town.wiring, "best-station")
    assert {row["count"] for row in town.show()["results"]} == {"hidden"}
    assert not read_in(town.database, has_ballots, "best-station")
    assert dump(town.database)["poll_answers"] == []


def test_an_answer_counts_once_and_a_repeated_request_is_the_same_one(town: Town) -> None:
    town.create()
    first = town.answer("m-001", once="request-0001")
    assert town.answer("m-001", once="request-0001", best="大明湖") == first
    assert refused(lambda: town.answer("m-001", once="request-0002")) == ["answered"]
    assert refused(lambda: town.answer("m-001")) == ["answered"]
    with town.database.read() as connection:
        (kept,) = connection.execute(select(form_submissions)).all()
    once = OnceKey.build(her("m-001"), "request-0001", ANSWER.audit, "")
    digest = build_digest(f"{ANSWER.audit} best-station", AnswersForm())
    assert (kept.key, kept.digest) == (once.key, digest), "no digest of an answer, which could be guessed"
    assert len(dump(town.database)["ingress"]) == 1


@pytest.mark.both_databases
def test_sixteen_requests_at_once_are_one_answer(town: Town) -> None:
    town.create()
    done = do_at_once(lambda member: town.answer(member), ["m-001"] * 16)
    assert done.count("best-station") == 1
    found = dump(town.database)
    assert [len(found[name]) for name in ("poll_participants", "poll_ballots", "ingress")] == [1, 1, 1]


def test_an_answer_that_arrived_in_time_counts_unless_the_poll_was_closed_meanwhile(town: Town) -> None:
    town.create()
    closes = value_in(town.database, select(polls.c.closes_at))
    arrived = closes - timedelta(seconds=1)
    town.clock.now = closes + timedelta(seconds=1)
    assert town.answer("m-001", at=arrived) == "best-station"
    assert refused(lambda: town.answer("m-002")) == ["closed"]
    close_poll(town.wiring, "best-station")
    assert refused(lambda: town.answer("m-002", at=arrived)) == ["closed"]


def test_who_may_not_answer_finds_no_poll_and_all_faults_of_an_answer_are_told(town: Town) -> None:
    assert refused(lambda: town.answer("m-001")) == ["unknown_own"]
    town.create()
    for member in ("m-left", "m-away", "m-nowhere", "m-999"):
        assert refused(lambda member=member: town.answer(member)) == ["unknown_own"], member
    assert refused(lambda: town.answer("m-001", score=9, best="月球")) == ["unknown_option", "off_scale"]
    town.clock.now = datetime(2026, 9, 30, tzinfo=UTC)
    assert refused(lambda: town.answer("m-001", score=9)) == ["unknown_own"]
    town.clock.now = datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert refused(lambda: town.answer("m-001")) == ["closed"]
    found = dump(town.database)
    assert [len(found[name]) for name in ("poll_participants", "poll_ballots", "ingress")] == [0, 0, 0]


def test_an_anonymous_poll_is_sealed_until_it_is_over_and_needs_its_key(town: Town) -> None:
    town.create()
    town.answer("m-001")
    assert "results" not in town.show()
    with pytest.raises(FaultError, match="sealed"):
        load_poll_chart(town.wiring, OFFICER, "best-station", town.wiring.language)
    (town.wiring.data_folder / "poll.key").write_bytes(b"x" * 32)
    other = build_wiring(Settings(town.target, town.wiring.data_folder), town.clock)
    sent = {"best": "泉城路", "score": 1}
    assert refused(lambda: answer_poll(other, "best-station", "m-002", **sent)) == ["other_key"]
    assert refused(lambda: close_poll(other, "best-station")) == ["other_key"]
    other.database.close()
    assert town.show()["state"] == "open"


def test_a_named_poll_shows_its_counts_and_an_erased_member_leaves_none(town: Town) -> None:
    town.create(GOOD.replace("anonymous: true", "anonymous: false"))
    town.answer("m-001", needs=["热水"])
    town.answer("m-002", best="大明湖")
    assert town.count("best") == [1, 1, 0]
    with town.database.write() as connection:
        erase_everywhere(connection, Officer("gh-1", town.clock(), town.clock().date(), "本人要求"), "m-001")
    found = dump(town.database)
    assert "m-001" not in str([found[name] for name in ("poll_participants", "poll_answers", "ingress")])
    assert town.count("best") == [0, 1, 0]


def test_who_votes_takes_part_in_the_draw_and_nobody_else(town: Town) -> None:
    town.create()
    library = load_library(
        [
            (
                "vote-and-draw.yaml",
                """
id: vote-and-draw
title: 投票抽奖
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-10-01, until: 2026-12-31}
on: poll.completed
among: event.poll == '最美驿站投票'
require: [{that: "event.answers >= 2", else: 还没答完}]
benefit: {kind: item, quantity: 1, unit: 份}
limit: {times: 1, per: [member], every: programme_period}
allocate: {mode: lottery, quota: 2, every: programme_period, entries: {from: 2026-10-01, until: 2026-10-31}}
""",
            )
        ]
    )
    for number in range(6):
        town.answer(f"m-{number:03}")
    assert refused(lambda: town.answer("m-010", score=None)) == ["missing"]
    runner = EventRunner(town.database, lambda _: library, town.clock)
    rulings = [ruling for batch in runner.run_ingress() for ruling in batch.rulings]
    assert sorted(ruling.decision.member for ruling in rulings) == [f"m-{n:03}" for n in range(6)]
    assert {ruling.outcome for ruling in rulings} == {"entered"}


def test_an_event_that_can_not_be_stored_leaves_no_answer(town: Town) -> None:
    town.create()
    change_in(town.database, text("ALTER TABLE ingress RENAME TO ingress_away"))
    with pytest.raises(Exception, match="ingress"):
        town.answer("m-001")
    change_in(town.database, text("ALTER TABLE ingress_away RENAME TO ingress"))
    found = dump(town.database)
    assert [len(found[name]) for name in ("poll_participants", "poll_ballots")] == [0, 0]


def test_times_are_read_in_full_width_and_a_number_is_none() -> None:
    form = parse_form(GOOD.replace("2026-10-01T00:00+08:00", "２０２６-１０-０１ ００：００"))
    assert form.opens == parse_form(GOOD).opens
    with pytest.raises(FaultError) as error:
        parse_values(PollForm, {**form.model_dump(), "opens": 1_790_000_000})
    assert [(one.field, one.short_code) for one in error.value.faults] == [("opens", "instant")]


def test_the_end_of_a_day_is_read_as_it_is_shown_and_a_wrong_question_is_named_without_its_content() -> None:
    form = parse_form(GOOD.replace("2026-11-01T00:00+08:00", "2026-10-31 24:00"))
    assert form.closes == parse_form(GOOD).closes
    (only,) = faults_of(build_poll, parse_form(GOOD.replace("[泉城路, 大明湖, Ａ站]", "[泉城路]")), "chosen")
    assert only.field == "questions.0.text" and "泉城路" not in only.text


def test_a_poll_that_was_counted_at_its_end_and_closed_again_agrees_with_the_audit_log(town: Town) -> None:
    town.create()
    for number in range(5):
        town.answer(f"m-{number:03}", why=f"词{number}")
    town.clock.now = datetime(2026, 11, 2, tzinfo=UTC)
    town.show()  # counts it
    close_poll(town.wiring, "best-station")
    for change_of_rows, faults in (
        ({}, 0),
        ({"closed_at": None, "closed_by": None}, 1),
        ({"closes_at": datetime(2027, 1, 1, tzinfo=UTC)}, 1),
    ):
        if change_of_rows:
            change_in(town.database, update(polls).values(change_of_rows))
        assert len(read_in(town.database, lambda at: [*find_fold_faults(at, [POLL_FOLD])])) == faults
