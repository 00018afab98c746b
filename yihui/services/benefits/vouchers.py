"""Redemptions and refunds for merchants. HTTP and offline files write to the ledger through here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from benefits import (
    USABLE_STATES,
    Merchant,
    OfflineBatch,
    OfflineBatchResult,
    RedemptionPlace,
    RedemptionRequest,
    RedemptionResult,
    RefundRequest,
    RefundResult,
    UsableBenefit,
    accept_offline_batch,
    authenticate_merchant,
    compute_redemption,
    list_held_benefits,
    list_usable_benefits,
    load_merchant,
    redeem_grant,
    refund_grant,
)
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.acts import record_act
from events.retries import run_in_transaction
from geo.registry.stations import find_station
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.files.redemptions import OfflineUse, read_redemption_file
from yihui.files.tables import SheetReader
from yihui.runtime.demo_clock import require_running_clock

T = TypeVar("T")

STATION_ID_FAULTS = FaultTable(
    "station_id", {"unknown": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids"))}
)


@dataclass(frozen=True, slots=True)
class MerchantRedemption:
    """A redemption that a merchant requests: ``code`` is a voucher's code, or a card's, which needs a
    ``rule`` where several fit.
    """

    request_key: str
    code: str
    amount: int | None = None
    rule: str | None = None
    station: str | None = None


def redeem_voucher(
    wiring: Wiring, who: Callable[[Connection], Merchant], wish: MerchantRedemption
) -> RedemptionResult:
    """Redeem a voucher. *Raises*: NotAllowed, FaultError for an unknown station, StoreError."""
    require_running_clock(wiring)
    key, now = wiring.voucher_key, wiring.now()

    def work(connection: Connection) -> RedemptionResult:
        done = redeem_grant(connection, key, _build_request(connection, who(connection), wish, now), now)
        if not done.already:
            record_act(connection, "redeem", now, uses=[done.id])
        return done

    return run_in_transaction(wiring.database, work)


def preview_redemption(
    wiring: Wiring, who: Callable[[Connection], Merchant], wish: MerchantRedemption
) -> RedemptionResult:
    """Return what a redemption would come to, without recording it. *Raises*: as ``redeem_voucher``."""
    key, now = wiring.voucher_key, wiring.now()
    with wiring.database.read() as connection:
        return compute_redemption(connection, key, _build_request(connection, who(connection), wish, now))


def refund_voucher_use(
    wiring: Wiring, who: Callable[[Connection], Merchant], wish: RefundRequest
) -> RefundResult:
    """Refund a redemption. *Raises*: NotAllowed, StoreError."""
    require_running_clock(wiring)

    def work(connection: Connection) -> RefundResult:
        assert who(connection).id == wish.merchant_id
        now = wiring.now()
        done = refund_grant(connection, wish, now)
        if not done.already:
            record_act(
                connection,
                "refund",
                now,
                merchant=wish.merchant_id,
                request=wish.request_key,
                use=wish.redemption_id,
                on=wish.on,
                amount=wish.amount,
                reusable=wish.reusable,
            )
        return done

    return run_in_transaction(wiring.database, work)


def accept_offline_uses(
    wiring: Wiring, who: Callable[[Connection], Merchant], number: str, uses: tuple[OfflineUse, ...]
) -> OfflineBatchResult:
    """Accept a batch of offline redemptions.

    *Raises*: NotAllowed for the whole batch, FaultError for unknown stations.
    """
    require_running_clock(wiring)
    key, now = wiring.voucher_key, wiring.now()

    def work(connection: Connection) -> OfflineBatchResult:
        merchant = who(connection)
        only = only_station(merchant)
        named = {station: use.row for use in uses if (station := use.station or only)}
        places = load_places(connection, named)
        lines = tuple(_build_use_request(use, merchant, places) for use in uses)
        batch = OfflineBatch(merchant, number, lines, tuple(use.row for use in uses))
        done = accept_offline_batch(connection, key, batch, civil_date(now), now)
        accepted = {line.row: line.redemption_id for line in done.lines if line.outcome == "accepted"}
        order = sorted(zip(lines, batch.rows, strict=True), key=lambda pair: (pair[0].at, pair[1]))
        if accepted and not done.already:
            used = [accepted[row] for _, row in order if row in accepted]
            record_act(connection, "redeem", now, uses=used)
        return done

    return run_in_transaction(wiring.database, work)


def merchant_by_key(wiring: Wiring, text: str) -> Callable[[Connection], Merchant]:
    """Return a lookup of the merchant that holds a key."""
    return lambda connection: authenticate_merchant(connection, text, wiring.now())


def merchant_by_id(id: str) -> Callable[[Connection], Merchant]:
    """Return a lookup of a merchant by id, for an officer who acts on its behalf."""
    return lambda connection: load_merchant(connection, id)


def _build_request(
    connection: Connection, merchant: Merchant, wish: MerchantRedemption, now: datetime
) -> RedemptionRequest:
    station = wish.station or only_station(merchant)
    place = load_places(connection, {station: None})[station] if station else None
    return RedemptionRequest(
        merchant, wish.request_key, wish.code, now, civil_date(now), wish.amount, wish.rule, place
    )


def only_station(merchant: Merchant) -> str | None:
    """Return the station of a merchant that has one; it need not be named."""
    return merchant.stations[0] if len(merchant.stations) == 1 else None


def _build_use_request(
    use: OfflineUse, merchant: Merchant, places: Mapping[str, RedemptionPlace]
) -> RedemptionRequest:
    station = use.station or only_station(merchant)
    return RedemptionRequest(
        merchant,
        use.request_key,
        use.code,
        use.used_at,
        civil_date(use.used_at),
        use.amount,
        use.rule,
        places[station] if station else None,
    )


def load_places(connection: Connection, stations: Mapping[str, int | None]) -> dict[str, RedemptionPlace]:
    """Return the places of stations by id. *Raises*: FaultError with all unknown stations."""
    found = {id: find_station(connection, id) if id.isprintable() else None for id in stations}
    missing = [
        STATION_ID_FAULTS.build("unknown", row=row, field="station", value=id[:128])
        for id, row in stations.items()
        if found[id] is None
    ]
    if missing:
        raise FaultError(missing)
    return {id: place_of_station(station) for id, station in found.items() if station is not None}


def place_of_station(station: Station) -> RedemptionPlace:
    """Convert a station to the terms of rules; its districts are its own and all that contain it."""
    code = station.district or ""
    areas = frozenset({code, f"{code[:4]}00", f"{code[:2]}0000"} if code else ())
    return RedemptionPlace(station.id, station.kind.value, station.access.value, station.facilities, areas)


def identify_merchant(wiring: Wiring, key: str) -> Merchant:
    """Return the merchant that holds a key. *Raises*: MoveRefused."""
    who = merchant_by_key(wiring, key)
    with wiring.database.read() as connection:
        return who(connection)


def list_member_vouchers(wiring: Wiring, member: str) -> list[UsableBenefit]:
    """List what a member can use today or later, with the codes that were handed out. *Raises*: StoreError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        owned = list_usable_benefits(connection, wiring.voucher_key, member)
        held = list_held_benefits(connection, member, today) if owned else []
    stands = {one.grant.id: one.stands for one in held}
    usable = [one for one in owned if stands[one.grant_id].state in USABLE_STATES]
    return [replace(one, claim_by=stands[one.grant_id].claim_by) for one in usable]


def accept_offline_file(
    wiring: Wiring, file: Path, merchant: str, number: str | None, sheets: SheetReader
) -> OfflineBatchResult:
    """Accept a merchant's file of offline redemptions under its number, or else its content's. *Raises*: FaultError; OSError."""
    read = read_redemption_file(file.read_bytes(), file.name, sheets)
    return accept_offline_uses(wiring, merchant_by_id(merchant), number or read.digest, read.uses)
