"""Faults of codes, cards, merchants and refunds, beyond those of moves."""

from benefits.model.faults import MoveRefused
from benefits.model.terms import ledger_terms
from core.faults import FaultTable
from core.text_marks import N_

_READ_AGAIN = N_("type it again or scan it; it stands on the member's own page")
_ASK = N_("ask the union")

VOUCHER_FAULTS = FaultTable(
    "voucher",
    {
        "code_length": (N_("a code has {signs} signs, this has {given}"), _READ_AGAIN),
        "mistyped": (N_("the code is mistyped: its last sign doesn't fit the others"), _READ_AGAIN),
        "unknown_code": (
            N_("no voucher has this code"),
            N_("look whether the member shows the code of another programme"),
        ),
        "withdrawn": (
            N_("this code was replaced on {day} and no longer holds"),
            N_("ask the member for the new code"),
        ),
        "no_code": (
            N_("{kind} is paid out and never gets a code"),
            N_("see `yihui benefits list` for how it reaches the member"),
        ),
        "amount_missing": (
            N_("how much of the {left} is to be used was not said"),
            N_("name the amount"),
        ),
        "uses_up": (N_("it was used as often as it can be: {uses}"), _ASK),
        "place_unknown": (
            N_("it can be used only at certain places, and none was named"),
            N_("name the station (field station)"),
        ),
        "wrong_place": (
            N_("it can't be used at {station}: {what}"),
            N_("`yihui stations nearest --benefit` shows where it can be used"),
        ),
        "not_your_rule": (
            N_("{merchant} may not redeem benefits of {rule}"),
            N_("ask the union to widen what this merchant may redeem"),
        ),
        "not_your_station": (
            N_("{merchant} may not redeem at {station}"),
            N_("name one of the merchant's own stations"),
        ),
        "station_missing": (
            N_("{merchant} may redeem at its own stations only, and none was named"),
            N_("name the station (field station)"),
        ),
        "before_code": (
            N_("it says that it was used on {day}, but the code was made on {made}"),
            N_("set the till's clock right and correct the time; a code can't be used before it is there"),
        ),
        "merchant": (
            N_("this is no merchant's key, or it has ended"),
            N_("ask the union for a new one (/desk/merchants)"),
        ),
        "key_end_past": (
            N_("the key would have ended already: {end}"),
            N_("name a later day"),
        ),
        "no_merchant": (
            N_("there is no merchant {merchant}"),
            N_("/desk/merchants shows them"),
        ),
        "merchant_there": (
            N_("there is a merchant {merchant} already"),
            N_("give it another id, or make a further key for the one that is there"),
        ),
        "merchant_name": (
            N_("{merchant} is no id of a merchant"),
            N_("write 2 to 40 small letters, digits and hyphens, such as xindao-bakery"),
        ),
        "request_key": (
            N_("the request key is missing, or is longer than {longest} signs"),
            N_("give every request a key of its own, such as the number of the receipt"),
        ),
        "no_redemption": (
            N_("there is no redemption {redemption} of this merchant"),
            N_("give the number that redeeming answered"),
        ),
        "over_redeemed": (
            N_("{amount} are more than the {left} that are left of this redemption"),
            N_("refund at most {left}"),
        ),
        "token_used": (
            N_("the sign on the card was used already"),
            N_("wait for the next one: it turns every minute"),
        ),
        "nothing_here": (
            N_("the member has nothing that this merchant could redeem here now"),
            N_("`yihui benefits list` shows what the member has"),
        ),
        "several_on_card": (
            N_("the member has several benefits that could be redeemed here: {rules}"),
            N_("name the one to redeem (field rule)"),
        ),
        "nothing_on_card": (
            N_("the member has nothing of {rule} that could be used now"),
            N_("`yihui benefits list` shows what the member has"),
        ),
        "in_future": (
            N_("it says that it was used at {time}, which is still to come"),
            N_("set the till's clock right and correct the time"),
        ),
        "too_late": (
            N_("it expired on {day}; what was used offline had to be handed in by {until}"),
            N_("settle it with the union, which can't take it out of this benefit any more"),
        ),
        "too_old": (
            N_("it was used on {day}; what was used offline is accepted for {days} days"),
            N_("hand in what was used offline every day; settle this with the union"),
        ),
        "used_before_in_file": (
            N_("it was used up by request {earlier} of the same file, at {time}"),
            N_("the first use counts; settle this one with the member"),
        ),
        "batch_reused": (
            N_("batch {batch} was handed in before with other content"),
            N_("give every batch a number of its own; what was accepted stays"),
        ),
        "voucher_key": (
            N_("this database knows another key of vouchers ({known}) than the one given ({given})"),
            N_("use the key with which the first code was made: the file voucher.key or YIHUI_VOUCHER_KEY"),
        ),
    },
    ledger_terms,
)


class VoucherRefused(MoveRefused):
    """A refused code, card, merchant or refund; nothing was changed."""
