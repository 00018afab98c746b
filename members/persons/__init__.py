"""What identifies a person in writing: parse, check and mask names, phone numbers and ID numbers."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from members.persons.id_number import (
        ID_NUMBER_FAULTS,
        IdNumber,
        InvalidIdNumber,
        normalize_id_number,
        parse_id_number,
    )
    from members.persons.masks import mask_id_number, mask_name, mask_person, mask_phone, mask_possible_name
    from members.persons.name import NAME_FAULTS, InvalidName, parse_name
    from members.persons.person import PERSON_FIELDS, PersonalData, PersonField
    from members.persons.phone import PHONE_FAULTS, InvalidPhone, parse_phone
else:
    __getattr__ = build_door(__name__)
