"""By what ids apps know members: linked by a table or learnt from an ID number, kept as hashes, erased with the person."""

import io
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from sqlalchemy import select

from benefits import Officer
from core.sheets.csv import read_csv
from events import BatchOutcome, EventRunner, InboundEvent, erase_everywhere, validate_event
from events.feeds.conversion import ConversionOutcome, Converter, Rejected
from events.feeds.mapping import FeedMapping
from events.feeds.records import read_records
from events.feeds.running import accepting_sink, commit_batches, convert_records, processing_sink
from members import feed_user_digest, find_linked_members, parse_feed_links, record_feed_links
from members.tables import feed_links
from store import Database, ingress
from tests.events.feeds.conftest import converter_for
from tests.events.feeds.samples import KEY, NOW, PHONE, id_number, joining, lines, survey

U1 = feed_user_digest("zibo-aigonghui", "u-1", KEY)


def run(
    runner: EventRunner, mapping: FeedMapping, *records: object, accept: bool = False
) -> tuple[list[ConversionOutcome], BatchOutcome]:
    converter: Converter = converter_for(mapping)
    file = io.BytesIO(lines(*records))
    outcomes: list[ConversionOutcome] = []

    def convert() -> Iterator[list[ConversionOutcome]]:
        for batch in convert_records(read_records(file, "f", mapping), converter, runner.database, size=2):
            outcomes.extend(batch)
            yield batch

    take = accepting_sink(runner) if accept else processing_sink(runner, "f")
    handled = BatchOutcome()
    for committed in commit_batches(convert(), converter, runner.database, take):
        handled.add(committed)
    return outcomes, handled


def links(database: Database) -> Sequence[tuple[str, str]]:
    with database.read() as connection:
        return [(row.theirs, row.member_id) for row in connection.execute(select(feed_links))]


def rejected(outcomes: Sequence[ConversionOutcome]) -> list[Rejected]:
    return [outcome for outcome in outcomes if isinstance(outcome, Rejected)]


@pytest.mark.both_databases
def test_what_a_record_teaches_is_kept_with_its_events(runner: EventRunner, app: FeedMapping) -> None:
    outcomes, handled = run(runner, app, joining())
    (converted,) = outcomes
    assert handled.handled == 1
    assert links(runner.database) == [(U1, converted.event.subject)]  # type: ignore[union-attr]
    later, handled = run(runner, app, survey())
    assert not rejected(later)
    assert sum(one.outcome == "granted" for one in handled.rulings) == 1


def test_events_can_wait_for_the_relay_with_their_links(runner: EventRunner, app: FeedMapping) -> None:
    run(runner, app, joining(), survey(), accept=True)
    with runner.database.read() as connection:
        assert len(connection.execute(select(ingress)).all()) == 2
    assert len(links(runner.database)) == 1


def test_the_id_of_one_app_means_nothing_in_another(runner: EventRunner, app: FeedMapping) -> None:
    run(runner, app, joining())
    other = app.model_copy(update={"feed": "other"})
    outcomes, _ = run(runner, other, survey())
    assert len(rejected(outcomes)) == 1


def test_the_table_never_holds_an_id_as_the_app_writes_it(runner: EventRunner, app: FeedMapping) -> None:
    run(runner, app, joining(user=PHONE), joining(2, user="zhangsan", id_card=id_number(2)))
    kept = repr(links(runner.database))
    assert PHONE not in kept
    assert "zhangsan" not in kept


def test_erasing_a_person_erases_by_what_ids_apps_know_them(runner: EventRunner, app: FeedMapping) -> None:
    run(runner, app, joining(), joining(2, user="u-2", id_card=id_number(2)))
    member = dict(links(runner.database))[U1]
    with runner.database.write() as connection:
        officer = Officer("gh-001", NOW, date(2026, 10, 3), "本人要求")
        erase_everywhere(connection, officer, member)
    assert U1 not in dict(links(runner.database))
    assert len(links(runner.database)) == 1
    outcomes, _ = run(runner, app, survey())
    assert len(rejected(outcomes)) == 1  # nobody is known under this id any more


def test_a_table_links_ids_to_members_or_to_id_numbers(runner: EventRunner, app: FeedMapping) -> None:
    outcomes, _ = run(runner, app, joining())
    member = outcomes[0].event.subject  # type: ignore[union-attr]
    text = f"对方编号,会员代号,身份证号\nA-1,{member},\nA-2,,{id_number()}\n"
    found, faults = parse_feed_links(read_csv(text.encode(), "l.csv"), app.feed, KEY)
    assert faults == []
    with runner.database.write() as connection:
        record_feed_links(connection, app.feed, {link.theirs: link.member_id for link in found}, NOW, KEY)
    later, _ = run(runner, app, survey(5, user="A-1"), survey(6, user="A-2"))
    assert not rejected(later)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("A-1,,", "names no member"),
        (",m-1,", "empty"),
        (f"A-1,,{id_number()[:-1]}?", "check digit"),
        (f"A-1,m-1,{id_number()}", "not that of the member"),
        ("A-9,m-2,", "another member"),  # A-9 is m-1 in the row above
    ],
)
def test_each_row_of_a_table_of_links_is_checked(row: str, words: str) -> None:
    text = f"对方编号,会员代号,身份证号\nA-9,m-1,\n{row}\n"
    found, faults = parse_feed_links(read_csv(text.encode(), "l.csv"), "f", KEY)
    assert len(found) == 1
    assert [(fault.row, words in fault.message) for fault in faults] == [(3, True)]
    assert id_number() not in repr(faults)


def test_a_link_that_is_there_stays_unless_it_shall_be_replaced(database: Database) -> None:
    with database.write() as connection:
        record_feed_links(connection, "f", {"a": "m-1"}, NOW, KEY)
        record_feed_links(connection, "f", {"a": "m-2"}, NOW, KEY)
        assert find_linked_members(connection, "f", ["a", "b"], KEY) == {"a": "m-1"}
        record_feed_links(connection, "f", {"a": "m-2"}, NOW, KEY, replace=True)
        assert find_linked_members(connection, "f", ["a"], KEY) == {"a": "m-2"}


def test_an_event_of_a_feed_is_one_that_anybody_could_have_sent(
    runner: EventRunner, app: FeedMapping
) -> None:
    import json

    outcomes, _ = run(runner, app, joining())
    event = outcomes[0].event  # type: ignore[union-attr]
    again = validate_event(json.loads(event.text), NOW)
    assert again == event
    assert next(iter(runner.run_events([InboundEvent(event, "test")]))).duplicates == 1
