"""Which stations take a benefit: those that its rule allows and at which a merchant may redeem it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benefits import Grant, Merchant, MoveRefused, check_redemption_place, load_merchants
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.services.benefits.vouchers import place_of_station


@dataclass(frozen=True, slots=True)
class RedemptionTerms:
    """Where a benefit can be redeemed. Hashable, so that stations can be stored by it.

    ``redeem_at`` are the filters of the rule by name, in order; ``merchant_stations`` are the stations to which
    merchants are bound; ``is_open`` says that some merchant may redeem it at any station of the filters.
    """

    rule_id: str
    redeem_at: tuple[tuple[str, tuple[str, ...]], ...] = ()
    merchant_stations: frozenset[str] = frozenset()
    merchants: tuple[str, ...] = field(default=(), compare=False)  # names of those bound to no station

    @property
    def is_open(self) -> bool:
        return bool(self.merchants)

    @property
    def key(self) -> tuple[object, ...]:
        """What decides which stations take the benefit."""
        return self.rule_id, self.redeem_at, self.merchant_stations, self.is_open


def load_redemption_terms(wiring: Wiring, grant: Grant) -> RedemptionTerms:
    """Load where a grant can be redeemed: by the terms as granted, and by the merchants of today."""
    with wiring.database.read() as connection:
        return build_redemption_terms(grant, load_merchants(connection))


def build_redemption_terms(grant: Grant, merchants: Sequence[Merchant]) -> RedemptionTerms:
    """Return where a grant can be redeemed, given all merchants."""
    allowed = [one for one in merchants if not one.rules or grant.rule_id in one.rules]
    filters = {name: tuple(sorted(words)) for name, words in grant.redeem_at.items() if words}
    return RedemptionTerms(
        grant.rule_id,
        tuple(sorted(filters.items())),
        frozenset(station for one in allowed for station in one.stations),
        tuple(one.name for one in allowed if not one.stations),
    )


def select_redemption_stations(stations: Sequence[Station], terms: RedemptionTerms) -> list[Station]:
    """Return those stations that take the benefit.

    A rule without filters lets it be redeemed anywhere, also in a shop that is in no register: then only the
    stations to which a merchant is bound, and those of which the register says that they accept it, are
    known to take it.
    """
    return [station for station in stations if _takes(station, terms)]


def _takes(station: Station, terms: RedemptionTerms) -> bool:
    has_merchant = station.id in terms.merchant_stations
    if not terms.redeem_at:
        return has_merchant or (terms.is_open and terms.rule_id in station.accepts)
    if not (has_merchant or terms.is_open):
        return False
    try:
        check_redemption_place(dict(terms.redeem_at), place_of_station(station))
    except MoveRefused:
        return False
    return True
