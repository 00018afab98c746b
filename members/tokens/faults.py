"""Faults of signed tokens and of the keys that sign them."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_SHOW_AGAIN = N_("let the member open the card again and scan it from the screen")
_NOT_HONOURED = N_("don't honour it; call the union if the member can't show a card of ours")

TOKEN_FAULTS = FaultTable(
    "signed_token",
    {
        "not_ours": (N_("this is no code of ours, or a part of it is missing"), _SHOW_AGAIN),
        "newer_version": (
            N_("this code is of version {version}, which this program doesn't know"),
            N_("update the program that verifies it"),
        ),
        "other_purpose": (N_("this code is not a member's card but something else of ours"), _SHOW_AGAIN),
        "foreign_key": (
            N_("this code was signed with the key {key}, which is none of ours"),
            N_("fetch the published keys again; if it is still unknown then, don't honour the code"),
        ),
        "forged": (N_("this code is forged: its signature doesn't fit"), _NOT_HONOURED),
        "retired_key": (N_("this code was signed with the key {key}, which was retired"), _SHOW_AGAIN),
        "screenshot": (
            N_("this code is {seconds} seconds old: it is a picture of a card, or this clock is fast"),
            N_(
                "scan the card that the member opens now; if a fresh one is refused too, set this device's clock"
            ),
        ),
        "wrong_clock": (
            N_("the code is genuine, but this clock is slow: the code is from {minutes} minutes later"),
            N_("set this device's clock by the network and scan again"),
        ),
        "wrong_till_clock": (
            N_("the code is genuine, but this clock is {minutes} minutes off the union's"),
            N_("set this device's clock by the network and scan again"),
        ),
    },
)

KEY_RING_FAULTS = FaultTable(
    "signing_key",
    {
        "other_key": (
            N_("this database doesn't know the key {key} that signs here"),
            N_("put the right key back (card.key or YIHUI_CARD_KEY), or run `yihui cards keys rotate`"),
        ),
        "retired_key": (N_("the key {key} that signs here was retired"), N_("run `yihui cards keys rotate`")),
        "no_key": (N_("there is no signing key {value}"), N_("`yihui cards keys list` shows the keys")),
        "signs_now": (
            N_("the key {value} signs now"),
            N_("run `yihui cards keys rotate` first, then retire the old key"),
        ),
        "key_from_setting": (
            N_("the key comes from YIHUI_CARD_KEY and is known already"),
            N_("set YIHUI_CARD_KEY to a new secret, then run `yihui cards keys rotate` again"),
        ),
        "keys_file": (
            N_("{file} holds no published keys: {value}"),
            N_("save what GET /.well-known/yihui-keys answers, and name that file"),
        ),
    },
)


class TokenRefused(FaultError):
    """A refused token."""
