"""A merchant's counter for tests: a granted benefit, its code, a till that redeems."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import Connection

from benefits import admit_and_record, verify_ledger
from benefits.ledger.positions import GrantPosition, read_grant_positions
from benefits.model.faults import MoveRefused
from benefits.vouchers.codes import VoucherKey
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import Merchant, add_merchant, find_merchant
from benefits.vouchers.redemption import RedemptionRequest, RedemptionResult, redeem_grant
from benefits.vouchers.refunds import RefundRequest, RefundResult, refund_grant
from members import (
    CardActor,
    MemberChange,
    SigningKey,
    build_token_text,
    claim_signing_key,
    issue_card,
    record_member_changes,
)
from rules import Decision, DueBenefit, EventFacts, LimitSlots
from store import Database
from tests.transactions import read_in, write_in

KEY = VoucherKey(b"k" * 32)
DAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
BAKERY = Merchant("bakery", "新岛面包房")
SIGNING, STRANGE = SigningKey(b"s" * 32), SigningKey(b"x" * 32)
_numbers = count(1)

VOUCHER = DueBenefit("voucher", "蛋糕券", 20_000, 1, "张", date(2026, 5, 31), budget="cake")
THING_AT_STATION = DueBenefit(
    "item", "清凉包", 0, 1, "份", None, redeem_at={"kinds": ("outdoor_station",), "districts": ("370100",)}
)
THRICE = replace(VOUCHER, uses=3)
PACKS = DueBenefit("item", "慰问品", 1_000, 3, "份", None)
POINTS = DueBenefit("points", "积分", 0, 500, "分", None)
PLACE = DueBenefit(
    "place", "疗休养名额", 250_000, 1, "个", date(2026, 12, 31), redeem_at={"kinds": ("sanatorium",)}
)


def granted(
    connection: Connection, *dues: DueBenefit, member: str = "m-1", rule: str = "cake", on: date = DAY
) -> str:
    """A grant of these parts; gives the first one's id."""
    number = next(_numbers)
    facts = EventFacts("/test", f"e-{number}", "member.birthday", NOON, on, member, {})
    limit = LimitSlots(f"event=e-{number}", "event", 1)
    decision = Decision(rule, "示例", "0" * 64, member, on, "due", (), dues or (VOUCHER,), (limit,), None, ())
    (ruling,) = admit_and_record(connection, [(facts, decision)], NOON)
    assert ruling.outcome == "granted"
    if find_merchant(connection, BAKERY.id) is None:
        add_merchant(connection, BAKERY, NOON)
    return ruling.id


def give_code(
    database: Database, *dues: DueBenefit, member: str = "m-1", rule: str = "cake"
) -> tuple[str, str]:
    """A grant and its code."""
    with database.write() as connection:
        grant = granted(connection, *dues, member=member, rule=rule)
        code = issue_voucher_code(connection, KEY, grant, DAY, NOON).code
    assert code is not None
    return grant, code


def asked(code: str, request: str = "r-1", amount: int | None = None, **more: object) -> RedemptionRequest:
    at = more.pop("at", NOON)
    assert isinstance(at, datetime)
    plain = RedemptionRequest(BAKERY, request, code, at, (at + timedelta(hours=8)).date(), amount)
    return replace(plain, **more)  # type: ignore[arg-type]


def ring_up(database: Database, wish: RedemptionRequest) -> RedemptionResult:
    return write_in(database, redeem_grant, KEY, wish, NOON)


def take_back(database: Database, redemption: str, request: str = "b-1", **more: object) -> RefundResult:
    wish = RefundRequest(BAKERY.id, request, redemption, DAY)
    with database.write() as connection:
        return refund_grant(connection, replace(wish, **more), NOON)  # type: ignore[arg-type]


def refusal(work: object, *arguments: object, **more: object) -> str:
    """The code with which something is refused."""
    try:
        work(*arguments, **more)  # type: ignore[operator]
    except MoveRefused as error:
        return error.short_code
    return "done"


def standing(database: Database, grant: str, unit: str = "fen") -> GrantPosition:
    return read_in(database, read_grant_positions, [grant])[grant][unit]


def assert_sound(database: Database) -> None:
    assert read_in(database, verify_ledger).disagreements == ()


def set_status(database: Database, status: str, at: datetime, member: str = "m-1") -> None:
    values = {"status": status, "organisation": "370202"}
    change = MemberChange(member, at, "member.profile_changed", "/test", f"{status}{at}", values)
    write_in(database, record_member_changes, [change], NOON)


def show_card(database: Database, at: datetime = NOON, member: str = "m-1", key: SigningKey = SIGNING) -> str:
    """What the member's card shows at an instant."""
    with database.write() as connection:
        claim_signing_key(connection, SIGNING, NOON)
        number = issue_card(connection, member, CardActor(NOON)).number
    return build_token_text("card", key.id, number, at, key.sign)
