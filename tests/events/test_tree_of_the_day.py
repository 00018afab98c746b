"""Rules, quotas and reports scope by the tree of organisations of the day that they are asked about."""

import random
from datetime import date, timedelta

from sqlalchemy import select

from benefits.tables.decisions import decisions
from events import check_decision_origins
from events.organisations import LateActs
from rules import PlacedCode, load_library, territory_covers
from store import Database
from tests.members.organisations.acting import NOW, codes_of, event_of, handle

LAIWU, JINAN, SHOP = "371200", "370100", "371202001-00007"
RULE = """
id: {id}
title: 示例
basis: [{{kind: example}}]
owner: "{owner}"
in_force: {{from: 2015-01-01}}
on: poll.completed
{require}benefit: {{kind: item, quantity: 1, unit: 份}}
limit: {{times: 1, per: [member, event.poll], every: rule_lifetime}}
allocate: {{mode: first_come, quotas: {{"{quota}": 5}}, every: calendar_year}}
"""
WITHIN = "require: [{that: \"within(member.organisation, '370100')\", else: 不在济南}]\n"


def test_a_rule_of_jinan_covers_laiwu_from_2019_on(database: Database) -> None:
    library = load_library(
        [
            ("jinan.yaml", RULE.format(id="jinan", owner=JINAN, quota=JINAN, require="")),
            ("laiwu.yaml", RULE.format(id="laiwu", owner=LAIWU, quota=LAIWU, require="")),
            ("within.yaml", RULE.format(id="within", owner="370000", quota="370000", require=WITHIN)),
        ]
    )
    with database.write() as connection:
        done = handle(
            connection,
            event_of("organisation.founded", LAIWU, "2000-01-01", name="莱芜市总工会"),
            event_of("organisation.founded", JINAN, "2000-01-01", name="济南市总工会"),
            event_of("organisation.founded", "371202", "2000-01-01", name="莱城区总工会"),
            event_of("organisation.dissolved", LAIWU, "2019-01-09", into=JINAN),
            event_of("member.joined", "m-1", "2016-01-01", organisation=SHOP, joined_on="2016-01-01"),
            event_of("poll.completed", "m-1", "2018-06-01", poll="a"),
            event_of("poll.completed", "m-1", "2020-06-01", poll="b"),
            library=library,
        )
        assert codes_of(done) == []
        columns = (decisions.c.rule_id, decisions.c.occurred_on, decisions.c.outcome)
        made = {(rule, day.year, outcome) for rule, day, outcome in connection.execute(select(*columns))}
        assert made == {
            ("laiwu", 2018, "granted"),
            ("within", 2018, "refused"),
            ("jinan", 2020, "granted"),
            ("within", 2020, "granted"),
        }
        check = check_decision_origins(connection, library, NOW, recompute_all=True)
        assert (check.faults, check.recomputed, check.not_recomputable) == ([], 4, 0)
        handle(connection, event_of("organisation.moved", "371202", "2018-01-01", parent=JINAN))
        late = check_decision_origins(connection, library, NOW, recompute_all=True)
        assert (late.faults, late.recomputed, late.not_recomputable) == ([], 0, 4), (
            "made before the correction"
        )


def test_late_acts_concern_what_was_decided_before_them_on_their_days() -> None:
    first = date(2020, 1, 1)
    days = [first + timedelta(days=number) for number in range(10)]
    for seed in range(50):
        chance = random.Random(seed)
        acts = sorted((chance.randint(1, 20), chance.choice(days)) for _ in range(6))
        since = tuple(min(day for place, day in acts[n:]) for n in range(len(acts)))
        known = LateActs(tuple(place for place, _ in acts), since)
        for place in range(22):
            for day in days:
                expected = any(other > place and on <= day for other, on in acts)
                assert known.concern(place, day) == expected, seed


def test_a_placed_code_is_the_bare_code_with_another_territory() -> None:
    placed = PlacedCode(SHOP, (SHOP, "371202001", "371202", JINAN, "370000"))
    assert placed == SHOP and hash(placed) == hash(SHOP) and f"{placed}" == SHOP
    assert [
        owner for owner in ("370000", JINAN, LAIWU, "371202", SHOP) if territory_covers(owner, placed)
    ] == [
        "370000",
        JINAN,
        "371202",
        SHOP,
    ]
    assert territory_covers(LAIWU, SHOP), "the form of the bare code says another thing"
