"""A union whose members take part: a lottery that was drawn, points, and polls; for tests of the member's page."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from benefits.lifecycle.claims import record_claim
from benefits.tables.decisions import grants
from tests.benefits.drawing import House, names
from tests.yihui.own_benefits import keep_rules, write_rules
from tests.yihui.polls import create_poll
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.rules.rules import SHIPPED_RULES

HEAD = """
id: %s
title: %s
basis: [{kind: example, note: 测试用}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2027-12-31}
on: poll.completed
"""
RULES = {
    "own-draw": (
        "示例健身抽签",
        """
benefit: {kind: voucher, amount_fen: 5000, unit: 张}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: lottery, quota: 3, every: calendar_year, entries: {from: 2026-05-01, until: 2026-05-31}, waiting_list: true}
claim: {within: P10D}
expires: P30D
""",
    ),
    "own-points": (
        "示例答题积分",
        """
benefit: {kind: points, quantity: 20, unit: 分}
limit: {times: 9, per: [member], every: calendar_year}
expires: P360D
""",
    ),
}
MEMBERS = names(7)
STRANGER = "m-stranger"
POLL = """
id: best-station
title: 最美驿站投票
scope: "370000"
anonymous: false
opens: 2026-11-01T00:00+08:00
closes: 2026-12-01T00:00+08:00
questions:
  - {id: best, text: 哪个驿站最好, kind: single, options: [泉城路, 大明湖]}
  - {id: needs, text: 还缺什么, kind: multiple, options: [热水, 充电, 座位], most: 2, required: false}
  - {id: score, text: 打几分, kind: scale, least: 1, most: 5}
  - {id: why, text: 为什么, kind: text, least: 1, most: 10, required: false}
"""
FOREIGN_POLL = (
    POLL.replace("best-station", "foreign").replace("最美驿站投票", "外区投票").replace("370000", "370102")
)


def build_taking_part(target: str, folder: Path, now: Callable[[], datetime]) -> Wiring:
    """Seven members took part in a draw of three places; two winners claimed, so one place moved up and was claimed."""
    write_rules(folder / "own-rules", HEAD, RULES)
    wiring = build_wiring(Settings(target, folder, rules=(SHIPPED_RULES, keep_rules(HEAD, RULES))), now=now)
    house = House(wiring.database, wiring.library, "own-draw")
    house.enter(MEMBERS)
    house.fix()
    house.draw()
    first = list_winners(wiring)
    for id_ in first[:2]:
        claim(wiring, id_, 5)
    house.pass_days(date(2026, 6, 20))
    for id_ in set(list_winners(wiring)) - set(first):
        claim(wiring, id_, 20)
    for content in (POLL, FOREIGN_POLL):
        create_poll(wiring, content)
    return wiring


def list_winners(wiring: Wiring) -> list[str]:
    """Return the grants of the draw's winners, in an order that stays."""
    query = select(grants.c.id).where(grants.c.rule_id == "own-draw").order_by(grants.c.member_id)
    with wiring.database.read() as connection:
        return list(connection.execute(query).scalars())


def claim(wiring: Wiring, grant: str, day: int) -> None:
    at = datetime(2026, 6, day, 4, tzinfo=UTC)
    with wiring.database.write() as connection:
        query = select(grants.c.member_id).where(grants.c.id == grant)
        member = connection.execute(query).scalar_one()
        record_claim(connection, grant, at, at.date(), member)
