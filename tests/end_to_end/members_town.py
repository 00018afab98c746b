"""The town of `town.py` with a union that people join by its code, a gift for who joins, and an aid that not all get."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benefits import Merchant
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from tests.end_to_end.town import ALWAYS, NEAR, STATIONS
from tests.yihui.http.riding import migrated_bytes
from tests.yihui.http.serving import serving, until
from tests.yihui.organising import edit_page, make_link, publish_page
from tests.yihui.services.joining_people import HERE, SENT, Clock, found_tree, joining_wiring
from tests.yihui.shops import open_shop
from yihui.bootstrap import Wiring
from yihui.services.rules.rules import SHIPPED_RULES

NOON = datetime.fromisoformat("2026-11-20T12:10+08:00")
GIFT, AID = "入会礼包", "示例青年求学补助"
_HEAD = """
id: %s
title: %s
basis: [{kind: document, document: 示例会员服务办法, clause: 第八条, source: 示例}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: member.joined
limit: {times: 1, per: [member], every: once}
"""
_RULES = {
    "walk-gift": _HEAD % ("walk-gift", GIFT)
    + """
benefit: {kind: item, quantity: 1, unit: 份, redeem_at: {kinds: [outdoor_station]}}
claim: {within: P10D}
expires: P30D
""",
    "walk-aid": _HEAD % ("walk-aid", AID)
    + """
benefit: {kind: cash, amount_fen: 45000}
require:
  - {that: "member.birthday >= date('1995-01-01')", else: 只给 1995 年以后出生的, remedy: 生日登记错了的，请更正}
""",
}


@dataclass(frozen=True, slots=True)
class MembersTown:
    """A running site; ``till_key`` is the key of the shop that hands gifts out."""

    address: str
    wiring: Wiring
    till_key: str

    def codes(self, phone: str) -> list[str]:
        """Return the one-time codes that were sent to a phone, in their order."""
        file = self.wiring.data_folder / SENT
        sent = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
        return [str(one["code"]) for one in sent if one["phone"] == phone]

    def next_code(self, phone: str, before: int) -> str:
        """Return the code that comes after the first ``before`` ones, when it has come."""
        until(lambda: len(self.codes(phone)) > before)
        return self.codes(phone)[before]


@contextmanager
def members_town(folder: Path) -> Iterator[MembersTown]:
    """A demo's site with a clock that stands still; officers open its pages without a log-in."""
    rules = folder / "walk-rules"
    rules.mkdir()
    for name, text in _RULES.items():
        (rules / f"{name}.yaml").write_text(text, "utf-8")
    database = folder / "yihui.db"
    database.write_bytes(migrated_bytes())
    wiring = joining_wiring(str(database), folder, Clock(NOON), rules=(SHIPPED_RULES, rules))
    found_tree(wiring)
    _hang_code_up(wiring)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, list(STATIONS), NOON, confirmed=True)
    shop = Merchant("station-shop", "驿站小店", stations=(NEAR.id, ALWAYS.id))
    key = open_shop(wiring, shop)
    settings = {"YIHUI_RULES": str(rules), "YIHUI_CODE_SENDER": f"file:{folder / SENT}"}
    with serving(folder, YIHUI_NOW=NOON.isoformat(), **settings) as address:
        yield MembersTown(address, wiring, key)
    wiring.close()


def _hang_code_up(wiring: Wiring) -> None:
    """Publish the page of a union, with the code by which people join."""
    page = wiring.data_folder / "page.yaml"
    page.write_text("about: 服务快递员。\njoin: 扫码入会。\n", "utf-8")
    edit_page(wiring, HERE, page)
    publish_page(wiring, HERE)
    make_link(wiring, HERE)
