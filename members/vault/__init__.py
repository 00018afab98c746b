"""The vault: names, phone numbers and ID numbers of persons, encrypted; all else knows the pseudonym only."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from members.vault.keys import VAULT_FAULTS, VaultKey, VaultKeys, parse_vault_keys
    from members.vault.records import (
        PersonVault, Unmasking, count_vault_rows, erase_vault_person, insert_vault_rows, read_current_key_id,
        read_unmaskings, read_vault_rows, record_unmasking,
    )  # fmt: skip
    from members.vault.rotation import (
        count_old_rows, finish_rotation, has_used_key, is_rotating, rotate_rows, start_rotation,
    )  # fmt: skip
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "keys": ["VAULT_FAULTS", "VaultKey", "VaultKeys", "parse_vault_keys"],
            "records": ["PersonVault", "Unmasking", "count_vault_rows", "erase_vault_person",
                "insert_vault_rows", "read_current_key_id", "read_unmaskings", "read_vault_rows",
                "record_unmasking"],
            "rotation": ["count_old_rows", "finish_rotation", "has_used_key", "is_rotating", "rotate_rows",
                "start_rotation"],
        },
    )  # fmt: skip
