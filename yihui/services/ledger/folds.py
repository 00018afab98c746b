"""Every table of state that decides, pays or authorises and follows from sealed rows, with those rows."""

from collections.abc import Iterator

from sqlalchemy import Connection

from core.faults import Fault
from events.folds import APPLICATION_FOLD
from members.cards.life import CARD_FOLD
from members.feed_links import check_feed_links
from members.hardship.repository import FILE_FOLDS, FILES
from members.hardship.tables import INCOME_LINE_BATCHES
from members.hotline.repository import CASE_FOLDS, CASES
from members.memberships import MEMBERSHIP_FOLD
from members.mutual_aid.repository import CLAIMS, POLICIES
from members.mutual_aid.tables import ENROLMENT_BATCHES, ENROLMENT_CHANGE_BATCHES
from members.organisations.folding import ORGANISATION_FOLD
from members.tables import CARD_ACT_BATCHES, ORGANISATION_CHANGE_BATCHES, SIGNING_KEY_BATCHES
from store import BatchedTable, Fold, find_fold_faults
from yihui.access.joining_folds import JOINING_FOLDS
from yihui.access.key_folds import build_key_folds
from yihui.access.pending_acts import PENDING_FOLD
from yihui.access.poll_fold import POLL_FOLD
from yihui.access.row_marks import check_app_links, check_joins
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import AUDIT_BATCHES, PENDING_ACT_BATCHES
from yihui.bootstrap import Wiring
from yihui.services.access.secret_marks import is_key_at_hand

FOLDS: tuple[Fold, ...] = (
    ORGANISATION_FOLD,
    MEMBERSHIP_FOLD,
    APPLICATION_FOLD,
    CARD_FOLD,
    PENDING_FOLD,
    POLL_FOLD,
    *JOINING_FOLDS,
    POLICIES.fold,
    CLAIMS.fold,
    *FILE_FOLDS,
    *CASE_FOLDS,
)
# What nothing can be folded from: officers typed it, or a file of theirs said it.
SEALED_BATCHES: tuple[BatchedTable, ...] = (
    AUDIT_BATCHES,
    PENDING_ACT_BATCHES,
    ORGANISATION_CHANGE_BATCHES,
    ENROLMENT_BATCHES,
    ENROLMENT_CHANGE_BATCHES,
    INCOME_LINE_BATCHES,
    CARD_ACT_BATCHES,
    SIGNING_KEY_BATCHES,
    *(store.batches for store in (POLICIES, CLAIMS, FILES, CASES)),
)


def check_folds(wiring: Wiring, connection: Connection, marker: SecretMarker | None) -> Iterator[Fault]:
    """Yield a fault for each row of state that doesn't follow from what is sealed, or lacks the mark of a key at hand."""
    yield from find_fold_faults(connection, (*FOLDS, *build_key_folds(marker)))
    if marker is not None:
        yield from check_app_links(connection, marker)
        if is_key_at_hand(wiring, "vault") and wiring.vault is not None:
            yield from check_joins(connection, marker, wiring.vault.keys)
    if is_key_at_hand(wiring, "identity"):
        yield from check_feed_links(connection, wiring.load_key("identity"))
    if is_key_at_hand(wiring, "vault") and (vault := wiring.vault) is not None:
        if wiring.has_separate_vault:
            with wiring.vault_database.read() as beside:
                yield from vault.check_rows(beside)
        else:
            yield from vault.check_rows(connection)
