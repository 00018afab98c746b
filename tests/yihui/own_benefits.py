"""A union with two members who hold benefits in every state, for tests of the member's own page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benefits import Merchant, add_merchant, list_usable_benefits
from benefits.tables.decisions import decisions, grants
from benefits.vouchers.redemption import redeem_grant
from events import InboundEvent, parse_event, process_batch
from tests.benefits.counters import asked
from tests.yihui.nouns import do_own
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.benefits.own import CODE, NEW_CODE
from yihui.services.rules.rules import SHIPPED_RULES

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
ME, OTHER = "m-1", "m-2"
UNION = "370102000-00001"
SHOP = Merchant("bakery", "新岛面包房")
HEAD = """
id: %s
title: %s
basis: [{kind: document, document: 示例会员服务办法, clause: 第八条, source: 示例}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: poll.completed
"""
RULES = {
    "own-cake": (
        "示例蛋糕券",
        """
benefit: {kind: voucher, amount_fen: 20000, unit: 张, uses: 2}
require: [{that: "event.poll == 'y'", else: 只给参加这次投票的会员}]
limit: {times: 1, per: [member], every: rule_lifetime}
expires: P30D
""",
    ),
    "own-cooling": (
        "示例清凉包",
        """
benefit: {kind: item, title: 清凉包, quantity: 1, unit: 份, redeem_at: {kinds: [outdoor_station]}}
limit: {times: 1, per: [member], every: rule_lifetime}
claim: {within: P10D}
expires: P20D
""",
    ),
    "own-study": (
        "示例求学补助",
        """
benefit: {kind: cash, amount_fen: 45000}
require:
  - {that: "member.status == 'active'", else: 会籍已暂停, remedy: 完成身份核验}
  - {that: "member.birthday >= date('1990-01-01')", else: 出生日期不符, remedy: 生日登记错了的，请更正}
  - {that: "member.district == '370102'", else: 不在历下区, remedy: 换了单位的，请办转会}
limit: {times: 1, per: [member], every: rule_lifetime}
""",
    ),
}


def build_own_benefits(target: str, folder: Path, now: Callable[[], datetime] = lambda: NOW) -> Wiring:
    """Two members who completed a poll on 10 November: each has a voucher, a thing to claim, and a refusal."""
    write_own_rules(folder)
    wiring = build_wiring(Settings(target, folder, rules=(SHIPPED_RULES, keep_rules(HEAD, RULES))), now=now)
    send = Sender()
    process(
        wiring, [send.joined(member, organisation=UNION, birthday="1985-03-05") for member in (ME, OTHER)]
    )
    done = "2026-11-10T09:00:00+08:00"
    process(wiring, [send("poll.completed", member, done, poll="y") for member in (ME, OTHER)])
    with wiring.database.write() as connection:
        add_merchant(connection, SHOP, NOW)
    return wiring


def write_own_rules(folder: Path) -> Path:
    """Write `RULES` into a folder below; return it."""
    return write_rules(folder / "own-rules", HEAD, RULES)


def write_rules(folder: Path, head: str, rules: Mapping[str, tuple[str, str]]) -> Path:
    """Write rules, by id with title and body, below a head that takes id and title; return the folder."""
    folder.mkdir(exist_ok=True)
    for name, (title, body) in rules.items():
        (folder / f"{name}.yaml").write_text(head % (name, title) + body, "utf-8")
    return folder


def keep_rules(head: str, rules: Mapping[str, tuple[str, str]]) -> Path:
    """Write rules into a folder that lasts as long as this process: the same files are one library, loaded once."""
    return Path(_keep_rules(head, tuple(rules.items())).name)


@cache
def _keep_rules(head: str, rules: tuple[tuple[str, tuple[str, str]], ...]) -> TemporaryDirectory[str]:
    kept = TemporaryDirectory(prefix="yihui-rules-")
    write_rules(Path(kept.name), head, dict(rules))
    return kept


def process(wiring: Wiring, lines: Sequence[str]) -> None:
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    with wiring.database.write() as connection:
        process_batch(items, connection, wiring.rulebook.in_force(connection), NOW)


def grant_of(wiring: Wiring, member: str, rule: str) -> str:
    query = select(grants.c.id).where(grants.c.member_id == member, grants.c.rule_id == rule)
    with wiring.database.read() as connection:
        return str(connection.execute(query).scalar_one())


def decision_of(wiring: Wiring, member: str, rule: str) -> str:
    query = select(decisions.c.id).where(decisions.c.member_id == member, decisions.c.rule_id == rule)
    with wiring.database.read() as connection:
        return str(connection.execute(query).scalar_one())


def redeem(wiring: Wiring, code: str, amount: int | None, request: str = "r-1") -> str:
    """Redeem a code at the shop; return the redemption's id. *Raises*: MoveRefused."""
    with wiring.database.write() as connection:
        wish = asked(code, request, amount, merchant=SHOP, at=NOW)
        return redeem_grant(connection, wiring.voucher_key, wish, NOW).id


def give_code(wiring: Wiring, member: str, grant: str, *, anew: bool = False) -> str:
    """Have the member herself see the code of her benefit; return it."""
    do_own(wiring, member, NEW_CODE if anew else CODE, grant)
    with wiring.database.read() as connection:
        usable = list_usable_benefits(connection, wiring.voucher_key, member)
    issued = next(one.issued_code for one in usable if one.grant_id == grant)
    assert issued is not None
    return issued.code or ""
