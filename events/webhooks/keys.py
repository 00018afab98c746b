"""The key from which the webhooks' secrets are derived; no secret is stored."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.tables import webhook_keys
from store import insert_into

KEY_FAULTS = FaultTable(
    "webhook_key",
    {
        "other_key": (
            N_("the key of webhooks is another one than this database knows ({known}…): {value}…"),
            N_(
                "put the right webhook.key or YIHUI_WEBHOOK_KEY back; with another one no receiver would believe us"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """A key of at least 32 bytes."""

    key: bytes = field(repr=False)

    def derive_secret(self, webhook_id: str) -> str:
        """Return the secret with which one receiver verifies signatures, in Standard Webhooks form."""
        return "whsec_" + base64.b64encode(self._digest(f"webhook\0{webhook_id}")).decode()

    @property
    def fingerprint(self) -> str:
        return self._digest("fingerprint").hex()

    def _digest(self, purpose: str) -> bytes:
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).digest()


def claim_webhook_key(connection: Connection, key: WebhookKey) -> None:
    """Store the fingerprint of the first key that is used; signatures of another key would fail.

    *Raises*: FaultError if the database knows another key.
    """
    row = insert_into(connection, webhook_keys).values(number=1, fingerprint=key.fingerprint)
    connection.execute(row.on_conflict_do_nothing())
    check_webhook_key(connection, key)


def check_webhook_key(connection: Connection, key: WebhookKey) -> None:
    """Check a key without storing it. *Raises*: FaultError if the database knows another key."""
    known = connection.execute(select(webhook_keys.c.fingerprint)).scalar()
    if known not in (None, key.fingerprint):
        raise FaultError(KEY_FAULTS.build("other_key", value=key.fingerprint[:8], known=str(known)[:8]))
