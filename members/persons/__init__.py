"""What identifies a person in writing: parse, check and mask names, phone numbers and ID numbers."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from members.persons.id_number import IdNumber, InvalidIdNumber, normalize_id_number, parse_id_number
    from members.persons.masks import mask_id_number, mask_name, mask_person, mask_phone, mask_possible_name
    from members.persons.name import InvalidName, parse_name
    from members.persons.person import PERSON_FIELDS, PersonalData, PersonField
    from members.persons.phone import PHONE_FAULTS, InvalidPhone, parse_phone
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "id_number": ["IdNumber", "InvalidIdNumber", "normalize_id_number", "parse_id_number"],
            "masks": ["mask_id_number", "mask_name", "mask_person", "mask_phone", "mask_possible_name"],
            "name": ["InvalidName", "parse_name"],
            "person": ["PERSON_FIELDS", "PersonalData", "PersonField"],
            "phone": ["PHONE_FAULTS", "InvalidPhone", "parse_phone"],
        },
    )  # fmt: skip
