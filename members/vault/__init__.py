"""The vault: names, phone numbers and ID numbers of persons, encrypted; all else knows the pseudonym only."""

from members.vault.keys import VAULT_FAULTS, VaultKey, VaultKeys, parse_vault_keys
from members.vault.records import (
    PersonVault,
    count_vault_rows,
    erase_vault_person,
    find_unknown_key_rows,
    insert_vault_rows,
    read_current_key_id,
    read_vault_rows,
)
from members.vault.rotation import (
    RotationStep,
    count_old_rows,
    finish_rotation,
    has_used_key,
    is_rotating,
    rotate_rows,
    start_rotation,
)
from members.vault.unmasking import Unmasking, read_unmaskings, record_unmasking

__all__ = [
    "VAULT_FAULTS",
    "PersonVault",
    "RotationStep",
    "Unmasking",
    "VaultKey",
    "VaultKeys",
    "count_old_rows",
    "count_vault_rows",
    "erase_vault_person",
    "find_unknown_key_rows",
    "finish_rotation",
    "has_used_key",
    "insert_vault_rows",
    "is_rotating",
    "parse_vault_keys",
    "read_current_key_id",
    "read_unmaskings",
    "read_vault_rows",
    "record_unmasking",
    "rotate_rows",
    "start_rotation",
]
