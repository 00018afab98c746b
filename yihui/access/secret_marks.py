"""Mark keys and passwords in the audit log: a keyed digest shows that a secret was changed, and gives nothing away."""

import hashlib
import hmac
from dataclasses import dataclass, field

_LENGTH = 32  # 128 bits
_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits in a row could look like a phone number


@dataclass(frozen=True, slots=True)
class SecretMarker:
    """Marks what is stored of secrets with a key that is in no database.

    A mark begins with the name of its key: marks of a key that was replaced can't be compared.
    """

    key: bytes = field(repr=False)

    def mark(self, row: str, stored: str | bytes) -> str:
        """Return the mark of what is stored of a secret; ``row`` names its table and row."""
        content = stored if isinstance(stored, bytes) else stored.encode()
        return f"{self._name}:{self._digest(row.encode() + bytes(1) + content)}"

    def confirms(self, mark: object, row: str, stored: str | bytes) -> bool:
        """Return whether a mark is that of a secret, by this key."""
        return isinstance(mark, str) and self._is_same(mark, self.mark(row, stored))

    def contradicts(self, mark: object, row: str, stored: str | bytes) -> bool:
        """Return whether a mark of this key is that of another secret."""
        is_own = isinstance(mark, str) and mark.partition(":")[0] == self._name
        return is_own and not self._is_same(str(mark), self.mark(row, stored))

    @staticmethod
    def _is_same(sent: str, mark: str) -> bool:
        return hmac.compare_digest(
            sent.encode(errors="replace"), mark.encode()
        )  # texts only if they are ASCII

    @property
    def _name(self) -> str:
        return self._digest(b"name")[:8]

    def _digest(self, content: bytes) -> str:
        return hmac.new(self.key, content, hashlib.sha256).hexdigest()[:_LENGTH].translate(_LETTERS)
