"""Find the dossier of one amount of money by any of its marks."""

from benefits import ActRefused, Dossier, DossierKey, load_dossier
from benefits.reporting.dossier import DOSSIER_FAULTS
from core.civil_time import civil_date
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.search import find_covered_members


def find_dossier(wiring: Wiring, mark: DossierKey) -> Dossier:
    """Find the dossier for a mark. *Raises*: FaultError if the mark leads to nothing."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        return load_dossier(connection, mark, today)


def find_covered_dossier(wiring: Wiring, mark: DossierKey, scope: OfficerScope) -> Dossier:
    """Find the dossier of an amount that a member of the officer's subtrees gets.

    *Raises*: FaultError if the mark leads to nothing; the same for a member of another subtree, who isn't named.
    """
    found = find_dossier(wiring, mark)
    with wiring.database.read() as connection:
        if find_covered_members(connection, scope, [found.member_id]):
            return found
    field, value = ("--grant", mark.grant) if mark.grant is not None else ("--payment", str(mark.payment))
    raise ActRefused(DOSSIER_FAULTS.build("unknown", field=field, value=value[:80]))
