"""Find the dossier of one amount of money by any of its marks."""

from benefits import ActRefused, Dossier, DossierKey, find_marked_grant, load_dossier
from benefits.reporting.dossier import DOSSIER_FAULTS
from core.civil_time import civil_date
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.organisations import find_covered_members


def find_dossier(wiring: Wiring, mark: DossierKey, scope: OfficerScope | None = None) -> Dossier:
    """Find the dossier for a mark; nothing is read of a member whom an officer's subtrees don't cover.

    *Raises*: FaultError if the mark leads to nothing; the same for a member of another subtree, who isn't named.
    """
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        grant, member = find_marked_grant(connection, mark)
        if scope is None or find_covered_members(connection, scope, [member]):
            return load_dossier(connection, grant, today)
    field, value = ("--grant", mark.grant) if mark.grant is not None else ("--payment", str(mark.payment))
    raise ActRefused(DOSSIER_FAULTS.build("unknown", field=field, value=value[:80]))
