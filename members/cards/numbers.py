"""Card numbers: ten random digits and two check digits (ISO/IEC 7064, MOD 97-10).

The check finds every wrong digit and every swap of two neighbours. A number is drawn, so that nothing can
be derived from it.
"""

import re
import unicodedata
from collections.abc import Callable

from members.cards.faults import CARD_FAULTS, CardRefused
from members.privacy import scrub_personal_numbers

CARD_NUMBER_DIGITS = 12
_DRAWN = 10
_LOWEST = 10 ** (_DRAWN - 1)
_FORM = re.compile(rf"[1-9][0-9]{{{CARD_NUMBER_DIGITS - 1}}}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\uff0d_.·]+")


def draw_card_number(draw_below: Callable[[int], int]) -> str:
    """Return a new card number; ``draw_below`` draws an integer from 0 to its argument less one."""
    from stdnum.iso7064 import mod_97_10

    digits = str(_LOWEST + draw_below(10**_DRAWN - _LOWEST))
    return digits + str(mod_97_10.calc_check_digits(digits))


def parse_card_number(text: str) -> str:
    """Parse a typed card number: grouped or not, with full-width digits too. *Raises*: CardRefused."""
    from stdnum.iso7064 import mod_97_10

    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if not _FORM.fullmatch(number) or not mod_97_10.is_valid(number):
        raise CardRefused(CARD_FAULTS.build("card_number", value=scrub_personal_numbers(text)[:40]))
    return number


def format_card_number(number: str) -> str:
    """Return a number in groups for reading: ``9123 4567 8954``."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
