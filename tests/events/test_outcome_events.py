"""What goes out: complete CloudEvents, exactly those of what was committed, each under one id for ever."""

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from sqlalchemy import func, select, update

from core.civil_time import civil_date
from events import Event, list_unpublished, mark_published, parse_event, payload_models, purge_outbox
from events.outcome_events import OUTBOX_BATCH_ROWS, OUTBOX_RETENTION
from events.webhooks.deliveries import create_deliveries
from rules import RuleLibrary
from store import Database, open_database, outbox
from tests.events.receiving import receiving
from tests.events.telling import World, happened
from tests.tiers import budget
from tests.transactions import change_in, read_in, values_in, write_in
from tools.servers.sending import NOW, handle_in, ledger
from yihui.samples.events import SEED, generate_event_lines

LATER = datetime(2026, 7, 1, tzinfo=UTC)  # what tests let happen happened in May


def texts(database: Database, limit: int = 10_000) -> list[str]:
    return [one.text for one in read_in(database, list_unpublished, limit)]


def test_what_goes_out_is_read_by_us_and_by_the_sdk_of_cloudevents(handled, send, database: Database) -> None:  # type: ignore[no-untyped-def]
    handled(send.joined("m-1"), send.birthday("m-1"), send.birthday("m-2"))
    out = texts(database)
    assert out
    for text in out:
        ours = parse_event(text, NOW)
        assert isinstance(ours, Event), ours
        message = HTTPMessage({"content-type": "application/cloudevents+json"}, text.encode())
        theirs = from_structured(message, JSONFormat())
        assert (theirs.get_id(), theirs.get_type(), theirs.get_subject()) == (
            ours.id,
            ours.type,
            ours.subject,
        )
        assert (theirs.get_source(), theirs.get_time()) == ("yihui", NOW)
        assert theirs.get_data() == json.loads(text)["data"]


def test_a_text_with_quotes_and_chinese_in_it_is_still_one_event(database: Database) -> None:
    happened(database, 'expiring/"驿"/7', member="m-驿\\1")
    [text] = texts(database)
    assert (json.loads(text)["id"], json.loads(text)["subject"]) == ('expiring/"驿"/7', "m-驿\\1")


def test_what_was_marked_is_not_sent_again_and_what_was_not_is_the_same_again(database: Database) -> None:
    happened(database, "a", "b", "c")
    with database.read() as connection:
        first = list_unpublished(connection, 2)
        assert list_unpublished(connection, 2) == first
    with database.write() as connection:
        mark_published(connection, [first[0].sequence], LATER)
        mark_published(connection, [], LATER)
    left = read_in(database, list_unpublished, 2)
    assert left[0] == first[1]
    assert [json.loads(one.text)["id"] for one in left] == ["b", "c"]


@pytest.mark.needs("postgres")
def test_what_is_committed_late_with_a_lower_number_is_found_late(migrated_server: str) -> None:
    """Marked one by one, not up to a number: of two writers the second may commit first."""
    database = open_database(migrated_server)
    row = {"key": "m-1", "type": "benefit.granted", "data": "{}", "recorded_at": NOW, "batch": 0}
    with database.write() as slow:
        slow.execute(outbox.insert().values(id="early", **row))
        happened(database, "late", member="m-2")
        with database.write() as connection:
            seen = list_unpublished(connection)
            mark_published(connection, [one.sequence for one in seen], NOW)
    assert [json.loads(one.text)["id"] for one in seen] == ["late"]
    assert [json.loads(text)["id"] for text in texts(database)] == ["early"]
    database.close()


@pytest.mark.deeper
def test_receivers_hear_of_many_events_what_the_ledger_says_and_nothing_else(
    database: Database, library: RuleLibrary
) -> None:
    lines = list(generate_event_lines(SEED, members=budget(660)))
    assert len(lines) > budget(2_000)
    with receiving() as receiver:
        world = World(database)
        world.add(receiver.url)
        handle_in(database, library, lines, 500)
        out = texts(database)
        while any(one.state == "waiting" for one in world.found()) or not receiver.heard:
            world.tell()
    rows = [json.loads(line) for line in ledger(database)]
    decided = {(r["outcome"], r["id"]) for r in rows if r.get("table") == "decisions"}
    heard = [json.loads(heard.body) for heard in receiver.heard]
    told = Counter((one["type"].removeprefix("benefit."), one["id"]) for one in heard)
    assert len(decided) > budget(500)
    ended = {("expired", r["id"]) for r in rows if r.get("table") == "transactions" and r["kind"] == "expire"}
    assert ended, "the events' days bring ends as well"
    ends = {
        r["id"]: date.fromisoformat(r["expires_on"])
        for r in rows
        if r.get("table") == "grants" and r["expires_on"]
    }
    reminded = {key for key in told if key[0] == "expiring"}
    notices = {key for key in told if key[0].startswith("membership.")}
    assert notices, "organisations hear of transfers"
    assert set(told) - reminded - notices == decided | ended
    for _, id_ in reminded:  # of a grant that ends soon by today's date, not by an event's
        _, grant, days = id_.split("/")
        assert ends[grant] - civil_date(NOW) == timedelta(days=int(days)) <= timedelta(days=7)
    assert set(told.values()) == {1}, "each once, as nobody was killed"
    assert _by_member(heard) == _by_member(map(json.loads, out)), "in order for each member"
    assert all(payload_models()[one["type"]].model_validate_json(json.dumps(one["data"])) for one in heard)


def _by_member(events) -> dict[str, list[str]]:  # type: ignore[no-untyped-def]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in events:
        found[one["subject"]].append(one["id"])
    return found


def left(database: Database) -> list[str]:
    return values_in(database, select(outbox.c.id).order_by(outbox.c.sequence))


def purged(database: Database, now: datetime = LATER, *, to_topic: bool) -> int:
    return write_in(database, purge_outbox, now, to_topic=to_topic)


def test_what_the_topic_has_not_had_is_never_deleted_where_there_is_one(database: Database) -> None:
    happened(database, "a", "b", "c")
    with database.write() as connection:
        mark_published(connection, [list_unpublished(connection, 1)[0].sequence], LATER)
    assert purged(database, to_topic=True) == 1
    assert left(database) == ["b", "c"]


@pytest.mark.tampers
def test_without_a_topic_old_rows_are_purged_but_the_newest_stays(
    database: Database,
) -> None:
    happened(database, "a", "b", "c")
    change_in(database, update(outbox).where(outbox.c.id == "b").values(recorded_at=LATER))
    assert purged(database, datetime(2026, 5, 1, tzinfo=UTC) + OUTBOX_RETENTION, to_topic=False) == 0
    assert purged(database, to_topic=False) == 1
    assert left(database) == ["b", "c"]
    assert purged(database, LATER + OUTBOX_RETENTION + timedelta(days=1), to_topic=False) == 1
    happened(database, "d")
    with database.read() as connection:
        assert connection.execute(select(func.max(outbox.c.sequence))).scalar() == 4


def test_what_a_webhook_still_waits_for_stays(database: Database) -> None:
    with receiving() as receiver:
        world = World(database)
        world.add(receiver.url)
        happened(database, "a", "b", "c")
        assert purged(database, to_topic=False) == 0, "nobody has laid it out yet"
        write_in(database, create_deliveries, world.now)
        assert purged(database, to_topic=False) == 0, "it waits"
        world.tell()
        assert purged(database, to_topic=False) == 2
    assert [one.id for one in world.found()] == left(database) == ["c"]


def test_a_large_outbox_is_worked_off_step_by_step(database: Database) -> None:
    happened(database, *(f"e{number}" for number in range(OUTBOX_BATCH_ROWS + 10)))
    assert [purged(database, to_topic=False) for _ in range(3)] == [OUTBOX_BATCH_ROWS, 9, 0]
