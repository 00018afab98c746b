"""Every table of state that decides, pays or authorises and follows from sealed rows, with those rows."""

from collections.abc import Iterator

from sqlalchemy import Connection

from core.faults import Fault
from events.folds import APPLICATION_FOLD
from members.hardship.repository import FILE_FOLDS, FILES
from members.hardship.tables import INCOME_LINE_BATCHES
from members.hotline.repository import CASE_FOLDS, CASES
from members.memberships import MEMBERSHIP_FOLD
from members.mutual_aid.repository import CLAIMS, POLICIES
from members.mutual_aid.tables import ENROLMENT_BATCHES, ENROLMENT_CHANGE_BATCHES
from members.organisations.folding import ORGANISATION_FOLD
from members.tables import ORGANISATION_CHANGE_BATCHES
from store import BatchedTable, Fold, find_fold_faults
from yihui.access.key_folds import build_key_folds
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import AUDIT_BATCHES, PENDING_ACT_BATCHES

FOLDS: tuple[Fold, ...] = (
    ORGANISATION_FOLD,
    MEMBERSHIP_FOLD,
    APPLICATION_FOLD,
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
    *(store.batches for store in (POLICIES, CLAIMS, FILES, CASES)),
)


def check_folds(connection: Connection, marker: SecretMarker | None) -> Iterator[Fault]:
    """Yield a fault for each row of state that doesn't follow from what is sealed."""
    return find_fold_faults(connection, (*FOLDS, *build_key_folds(marker)))
