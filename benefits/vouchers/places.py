"""Check whether a benefit can be redeemed at a station."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from core.text_marks import N_

_WHAT = {
    "stations": N_("it is not one of the stations of the rule"),
    "kinds": N_("it is of another kind"),
    "access": N_("other people may enter there"),
    "districts": N_("it lies in another district"),
    "facilities": N_("it hasn't got what the rule asks for"),
}


@dataclass(frozen=True, slots=True)
class RedemptionPlace:
    """A station as its register describes it; ``districts`` are its own code and those of the areas above."""

    station: str
    kind: str
    access: str
    facilities: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()


def check_redemption_place(redeem_at: Mapping[str, Collection[str]], place: RedemptionPlace | None) -> None:
    """Check a place against all filters of a grant. *Raises*: VoucherRefused.

    Of ``facilities`` the place must have all; of every other filter it must match one value.
    """
    asked = {name: frozenset(words) for name, words in redeem_at.items() if words}
    if not asked:
        return
    if place is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("place_unknown"))
    for name, words in asked.items():
        if not _holds(name, words, place):
            raise VoucherRefused(VOUCHER_FAULTS.build("wrong_place", station=place.station, what=_WHAT[name]))


def _holds(name: str, words: frozenset[str], place: RedemptionPlace) -> bool:
    match name:
        case "stations":
            return place.station in words
        case "kinds":
            return place.kind in words
        case "access":
            return place.access in words
        case "districts":
            return bool(words & place.districts)
    return words <= place.facilities
