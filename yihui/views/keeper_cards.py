"""Build the cards that are printed with keepers' new keys: a code to scan, the key, and what to do in two languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.text_marks import N_
from yihui.runtime.language import LANGUAGES, load_language
from yihui.services.stations.keeper_keys import IssuedKeeperKey
from yihui.views.vouchers import render_qr_svg

CARD_SENTENCES = (
    N_("Scan the code, or open the address below and type the key."),
    N_("Tell riders in one tap when it is closed today, what is broken, or that all is well."),
    N_("Whoever has this card speaks for the station: don't hang it up; report it lost at once."),
)
CARD_TITLE = N_("Key of the station's keeper")


@dataclass(frozen=True, slots=True)
class KeeperCard:
    """A card to print. ``picture`` is the code as SVG; ``sentences`` are three in each language."""

    station: str
    name: str
    picture: str
    key: str
    address: str
    issued_on: str
    sentences: Sequence[tuple[str, Sequence[str]]]


def build_keeper_card(issued: IssuedKeeperKey, day: str) -> KeeperCard:
    """Build the card of a key that was just issued."""
    return KeeperCard(
        station=issued.key.station,
        name=issued.station_name,
        picture=render_qr_svg(issued.link, scalable=True),
        key=_key_in_fours(issued.text),
        address=issued.link.partition("#")[0],
        issued_on=day,
        sentences=[
            (name, [load_language(name).translate(text) for text in CARD_SENTENCES]) for name in LANGUAGES
        ],
    )


def _key_in_fours(key: str) -> str:
    """Split the secret of a key into groups of four characters for typing; blanks don't matter."""
    id, _, secret = key.partition("-")
    return " ".join([id, *(secret[start : start + 4] for start in range(0, len(secret), 4))])
