"""Two districts, each with a rule of its own that grants cash, members who got it, and a member who owes it back."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benefits import (
    BankReturn,
    BankReturnLine,
    Move,
    PaymentOrder,
    PayoutBatch,
    PayoutCriteria,
    apply_bank_return,
    create_payout_batch,
    post_move,
    release_batch,
)
from benefits.tables.decisions import grants
from events import InboundEvent, parse_event, process_batch
from tests.members.organisations.acting import NOW
from tests.yihui.http.two_districts import HERE, OTHER_UNION, THERE, UNION, found_two_districts
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.access.acting import acting_officer

REASON = "户名不符"
RULE = """
id: %s
title: 示例慰问 %s
basis: [{kind: example, note: 测试用}]
owner: "%s"
in_force: {from: 2026-05-01, until: 2026-12-31}
on: poll.completed
benefit: {kind: cash, amount_fen: 10000}
require: [{that: "member.organisation == '%s'", else: 只给本区会员}]
limit: {times: 1, per: [member, event.poll], every: programme_period}
clawback: [{on: member.left, within: P365D, share_percent: 100, text: 一年内离会，退回}]
"""
DISTRICTS = (("gift-here", HERE, UNION, "here"), ("gift-there", THERE, OTHER_UNION, "there"))


def build_money(folder: Path, migrated: Path) -> Wiring:
    """Each district has members …-1 and …-2 with 100 yuan each, and …-gone, who was paid and has left."""
    (folder / "yihui.db").write_bytes(migrated.read_bytes())
    return found_money(str(folder / "yihui.db"), folder)


def found_money(target: str, folder: Path) -> Wiring:
    """As ``build_money``, in a migrated database that holds nothing."""
    found_two_districts(target, folder).wiring.close()
    rules = (Path(_keep_rules().name),)
    made = build_wiring(Settings(target, folder, rules=rules), now=lambda: NOW)
    send = Sender()
    for _, _, union, name in DISTRICTS:
        members = [f"{name}-1", f"{name}-2", f"{name}-gone"]
        lines = [send.joined(member, organisation=union) for member in members]
        lines += [
            send("poll.completed", member, f"2026-09-{day:02}T09:00:00+08:00", poll="y")
            for day, member in enumerate(members, 1)
        ]
        process(made, lines)
        pay(made, f"{name}-gone")
        process(made, [send("member.left", f"{name}-gone", "2026-09-20T09:00:00+08:00")])
    return made


@cache
def _keep_rules() -> TemporaryDirectory[str]:
    """Write the rules into a folder that lasts as long as this process: the same files are one library, loaded once."""
    kept = TemporaryDirectory(prefix="yihui-rules-")
    for rule, owner, union, _ in DISTRICTS:
        Path(kept.name, f"{rule}.yaml").write_text(RULE % (rule, rule, owner, union), "utf-8")
    return kept


def build_failures(folder: Path, migrated: Path) -> Wiring:
    """As ``build_money``; the bank refused the payment of each …-1, and its file left that of each …-2 out."""
    made = build_money(folder, migrated)
    members = [f"{name}-{number}" for name in ("here", "there") for number in (1, 2)]
    wanted = PayoutCriteria(grants=frozenset(grant_of(made, member) for member in members))
    first, second = (acting_officer(made, who, "慰问") for who in ("wang", "zhao"))
    with made.database.write() as connection:
        batch = create_payout_batch(connection, first, wanted, members, "t" * 64, digest_batch)
        release_batch(connection, second, batch.batch.id, digest_batch)
        lines = tuple(
            BankReturnLine(line, order.reference, "failed", order.amount_fen, "", None, REASON)
            for line, order in enumerate(batch.orders, 2)
            if order.member_id.endswith("-1")
        )
        apply_bank_return(connection, first, BankReturn("d" * 64, lines))
    return made


def digest_batch(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
    return sha256(batch.id.encode()).hexdigest()


def process(wiring: Wiring, lines: Sequence[str]) -> None:
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    with wiring.database.write() as connection:
        process_batch(items, connection, wiring.library, NOW)


def pay(wiring: Wiring, member: str) -> None:
    """Post what a payout does with a member's grant."""
    grant = grant_of(wiring, member)
    steps = (
        ("issue", "promised", "issued"),
        ("pay", "issued", "redeemed"),
        ("settle", "redeemed", "settled"),
    )
    with wiring.database.write() as connection:
        for kind, from_, to in steps:
            key = f"test/{member}/{kind}"
            post_move(connection, Move(kind, grant, None, from_, to, key, NOW.date()), NOW)  # type: ignore[arg-type]


def grant_of(wiring: Wiring, member: str) -> str:
    """Return the id of what the member's own district granted; the library's rules grant more."""
    query = select(grants.c.id).where(grants.c.member_id == member, grants.c.rule_id.startswith("gift-"))
    with wiring.database.read() as connection:
        return str(connection.execute(query).scalar_one())
