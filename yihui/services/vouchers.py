"""What a merchant asks for, by command, over the site or in a file: the one way to the ledger for all three."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from benefits.vouchers.batches import OfflineBatch, OfflineResult, accept_batch
from benefits.vouchers.merchants import Merchant, admitted_merchant, merchant_of
from benefits.vouchers.places import Place
from benefits.vouchers.redemption import Asked, Redeemed, redeem, usable
from benefits.vouchers.refunds import RefundAsked, Refunded, refund
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from events.retries import in_transaction
from geo.registry import find
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.files.redemptions import OfflineUse

N_ = str  # marks a text for the message catalogue
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be redeemed: ``code`` is a voucher's, or what a card shows, which needs a ``rule``."""

    request_key: str
    code: str
    amount: int | None = None
    rule: str | None = None
    station: str | None = None


def redeemed(wiring: Wiring, who: Callable[[Connection], Merchant], wish: Wish) -> Redeemed:
    """*Raises*: NotAllowed, InputFaults for a station that isn't there, StoreError."""
    key, now = wiring.voucher_key, wiring.now()

    def work(connection: Connection) -> Redeemed:
        return redeem(connection, key, _asked(connection, who(connection), wish, now), now)

    return in_transaction(wiring.database, work)


def looked_up(wiring: Wiring, who: Callable[[Connection], Merchant], wish: Wish) -> Redeemed:
    """What it would come to; nothing happens. *Raises*: as ``redeemed``."""
    key, now = wiring.voucher_key, wiring.now()
    with wiring.database.read() as connection:
        return usable(connection, key, _asked(connection, who(connection), wish, now))


def refunded(wiring: Wiring, who: Callable[[Connection], Merchant], wish: RefundAsked) -> Refunded:
    """*Raises*: NotAllowed, StoreError."""

    def work(connection: Connection) -> Refunded:
        assert who(connection).id == wish.merchant_id
        return refund(connection, wish, wiring.now())

    return in_transaction(wiring.database, work)


def handed_in(
    wiring: Wiring, who: Callable[[Connection], Merchant], number: str, uses: tuple[OfflineUse, ...]
) -> OfflineResult:
    """Accept what was used offline. *Raises*: NotAllowed for the whole, InputFaults for unknown stations."""
    key, now = wiring.voucher_key, wiring.now()

    def work(connection: Connection) -> OfflineResult:
        merchant = who(connection)
        places = _places(connection, {use.station: use.row for use in uses if use.station})
        lines = tuple(_used(use, merchant, places) for use in uses)
        batch = OfflineBatch(merchant, number, lines, tuple(use.row for use in uses))
        return accept_batch(connection, key, batch, civil_date(now), now)

    return in_transaction(wiring.database, work)


def by_key(text: str) -> Callable[[Connection], Merchant]:
    """The merchant that holds a key."""
    return lambda connection: admitted_merchant(connection, text)


def by_id(id: str) -> Callable[[Connection], Merchant]:
    """A merchant for whom an officer acts."""
    return lambda connection: merchant_of(connection, id)


def _asked(connection: Connection, merchant: Merchant, wish: Wish, now: datetime) -> Asked:
    station = wish.station or (merchant.stations[0] if len(merchant.stations) == 1 else None)
    place = _places(connection, {station: None})[station] if station else None
    return Asked(
        merchant,
        wish.request_key,
        wish.code,
        now,
        civil_date(now),
        wish.amount,
        wish.rule,
        place,
    )


def _used(use: OfflineUse, merchant: Merchant, places: Mapping[str, Place]) -> Asked:
    return Asked(
        merchant,
        use.request_key,
        use.code,
        use.used_at,
        civil_date(use.used_at),
        use.amount,
        use.rule,
        places[use.station] if use.station else None,
    )


def _places(connection: Connection, stations: Mapping[str, int | None]) -> dict[str, Place]:
    """*Raises*: InputFaults, all that aren't there at once."""
    found = {id: find(connection, id) if id.isprintable() else None for id in stations}
    missing = [_no_station(id, row) for id, row in stations.items() if found[id] is None]
    if missing:
        raise InputFaults(missing)
    return {id: place_of(station) for id, station in found.items() if station is not None}


def place_of(station: Station) -> Place:
    """A station in the words that rules use; its districts are its own and all that it lies in."""
    code = station.district or ""
    areas = frozenset({code, f"{code[:4]}00", f"{code[:2]}0000"} if code else ())
    return Place(station.id, station.kind.value, station.access.value, station.facilities, areas)


def _no_station(id: str, row: int | None) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        row=row,
        field="station",
        value=id[:128],
    )
