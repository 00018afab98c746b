"""Mask names, phone numbers and ID numbers: the only form in which outputs and messages may show them.

A text that has not the form of its kind becomes stars alone: in a shifted row any cell may hold anything.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from members.persons.person import PersonalData, PersonField
from members.persons.surnames import SURNAMES, TWO_CHARACTER_SURNAMES

_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_MOST_STARS = 18
_POSSIBLE_NAME = re.compile(r"[\u3007\u3400-\u9fff]{2,5}")
_DOTTED_NAME = re.compile(r"[^\W\d_]+(?:\s*[·•・．.‧∙●]\s*[^\W\d_]+)+")
_OPEN = frozenset("· -.'’\u0f0b")  # what stands between the parts of a name stays


def mask_id_number(id_number: str) -> str:
    """Return an ID number as outputs may show it: 3701**********1234; only stars if it has another form."""
    if _ID_NUMBER.fullmatch(id_number) is None:
        return _stars(id_number)
    return f"{id_number[:4]}{'*' * 10}{id_number[-4:]}"


def mask_phone(phone: str) -> str:
    """Return a mobile phone number as outputs may show it: 138****1234; only stars if it has another form."""
    return f"{phone[:3]}****{phone[-4:]}" if _PHONE.fullmatch(phone) else _stars(phone)


def mask_name(name: str) -> str:
    """Return a name as outputs may show it: 张*, 欧阳**, 阿***·***.

    The surname's first letter stays with the marks that belong to it; of any text that begins with no
    letter, only stars.
    """
    shown = _shown_length(name)
    stars = ("" if _is_mark(letter) else letter if letter in _OPEN else "*" for letter in name[shown:])
    return name[:shown] + "".join(stars)


def mask_person(person: PersonalData) -> dict[PersonField, str]:
    """Return the known fields of a person as outputs may show them."""
    return {name: _MASKS[name](value) for name, value in person.items()}


_MASKS: Mapping[PersonField, Callable[[str], str]] = MappingProxyType(
    {"name": mask_name, "phone": mask_phone, "id_number": mask_id_number}
)


def mask_possible_name(text: str) -> str:
    """Return a text from a column of another kind, masked if it may be a person's name by its surname or dot."""
    plain = "".join(text.split())
    is_chinese = _POSSIBLE_NAME.fullmatch(plain) and (
        plain[0] in SURNAMES or plain[:2] in TWO_CHARACTER_SURNAMES
    )
    return mask_name(plain) if is_chinese or _DOTTED_NAME.fullmatch(text.strip()) else text


def _stars(text: str) -> str:
    return "*" * min(len(text), _MOST_STARS)


def _shown_length(name: str) -> int:
    if not name[:1].isalpha():
        return 0
    letters = sum(letter.isalpha() for letter in name)
    if name[:2] in TWO_CHARACTER_SURNAMES and letters > 2:
        return 2
    shown = 1
    while shown < len(name) and _is_mark(name[shown]):
        shown += 1
    return shown if letters > 1 else 0


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"
