"""The place of the vault's keys: the file vault.key beside identity.key, or YIHUI_VAULT_KEY.

One key a line in the file, the newest one first. Unlike other keys it is never made by itself: without a
key there is no vault.
"""

import re
import secrets
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.vault import VAULT_FAULTS, VaultKey, parse_vault_keys
from yihui.files.whole_files import write_atomically
from yihui.runtime.identity_key import KEY_BYTES, create_key_file

VAULT_KEY_VARIABLE = "YIHUI_VAULT_KEY"
VAULT_KEY_FAULTS = FaultTable(
    "vault_key",
    {
        "exists": (
            N_("there is a key of the vault already: {value}"),
            N_("rotate it (yihui members vault rotate)"),
        ),
        "from_environment": (
            N_("the vault's keys come from {value}, which this command can't change"),
            N_(
                "put the new key in front of the old one there, with a comma between, restart all processes and run the command again"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class VaultKeyStore:
    """The vault's keys in a file, or given by the environment, which counts first."""

    path: Path
    given: str | None
    is_named: bool = (
        False  # by a setting; a group of the machine may read it then, as container platforms have it
    )

    @property
    def has_keys(self) -> bool:
        """Return whether there is a key, right or wrong: a wrong one is reported and never taken for none."""
        return self.given is not None or self.path.exists()

    @property
    def place(self) -> str:
        """Where the keys are, for messages."""
        return VAULT_KEY_VARIABLE if self.given is not None else str(self.path)

    @property
    def is_readable_by_others(self) -> bool:
        """Return whether the file can be read by others than its owner."""
        others = stat.S_IROTH if self.is_named else 0o077
        return self.given is None and self.path.exists() and bool(self.path.stat().st_mode & others)

    def load(self) -> tuple[VaultKey, ...]:
        """Read the keys, the newest one first. *Raises*: VaultRefused for a missing or too short one."""
        if not self.has_keys:
            raise FaultError(VAULT_FAULTS.build("no_key", field=self.place))
        return parse_vault_keys(self._text(), self.place)

    def create(self) -> None:
        """Create the file with a first key. *Raises*: FaultError if there is a key."""
        if self.has_keys:
            raise FaultError(VAULT_KEY_FAULTS.build("exists", value=self.place))
        create_key_file(self.path, (_new_line() + "\n").encode())

    def add(self) -> None:
        """Put a new key in front. *Raises*: FaultError for keys of the environment."""
        self._require_file()
        self._write([_new_line(), *self._lines()])

    def forget(self, key_ids: Collection[str]) -> None:
        """Remove keys from the file. *Raises*: FaultError for keys of the environment."""
        self._require_file()
        kept = [line for line in self._lines() if parse_vault_keys(line, self.place)[0].id not in key_ids]
        assert kept, "the current key is never forgotten"
        self._write(kept)

    def _text(self) -> str:
        return self.given if self.given is not None else self.path.read_text("utf-8")

    def _lines(self) -> list[str]:
        return [part for part in re.split(r"[\s,]+", self._text()) if part]

    def _write(self, lines: list[str]) -> None:
        write_atomically(self.path, "\n".join(lines) + "\n")

    def _require_file(self) -> None:
        if self.given is not None:
            raise FaultError(VAULT_KEY_FAULTS.build("from_environment", value=VAULT_KEY_VARIABLE))


def _new_line() -> str:
    return secrets.token_hex(KEY_BYTES)
