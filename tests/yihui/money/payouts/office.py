"""An office that pays: its vault's key, the bank's layout, and a batch from its preparing to the bank's answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from benefits.tables.payout import payout_layouts
from core.money import format_yuan
from tests.yihui.money.payouts.paying import PAYEES, layout
from tests.yihui.nouns import do
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.frame.fields import TypedFile
from yihui.frame.listing import Looking, NoFilter
from yihui.money.payouts import acts
from yihui.money.payouts.batches import Batch, load_batch
from yihui.services.members.vault_upkeep import create_vault_key

FIRST, SECOND = (Actor(who, who, ActorKind.DEMO) for who in ("li.min", "gh-017"))


def open_office(wiring: Wiring) -> None:
    """Give an installation what payments need: the vault's key and the bank's layout."""
    if not (wiring.data_folder / "vault.key").exists():
        create_vault_key(wiring)
    said = layout()
    row = {
        "digest": said.digest,
        "layout": said.model_dump_json(),
        "written_by": "li.min",
        "written_at": wiring.now(),
    }
    with wiring.database.write() as connection:
        connection.execute(insert(payout_layouts).values(row))


def list_of(text: str = PAYEES) -> TypedFile:
    return TypedFile("payees.csv", text.encode())


def prepare(wiring: Wiring, by: Actor = FIRST, payees: str = PAYEES, **typed: Any) -> str:
    return str(do(wiring, by, acts.PREPARE, payees=list_of(payees), reason="慰问", **typed))


def batch_of(wiring: Wiring, key: str) -> Batch:
    with wiring.database.read() as connection:
        look = Looking(wiring, connection, FIRST, wiring.now(), NoFilter())
        return load_batch(look, key, False)


def answer_file(one: Batch, failed: Sequence[str] = (), reason: str = "账号已销户") -> TypedFile:
    """Return the bank's file: all orders of a batch were paid but those of some members."""
    lines = [
        f"{each.reference},{format_yuan(each.amount_fen)},{'退汇' if each.member_id in failed else '成功'},{reason},"
        for each in one.orders
    ]
    return TypedFile("r.csv", "\n".join(["附言,金额,状态,原因,日期", *lines, ""]).encode())
