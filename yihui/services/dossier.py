"""Find the dossier of one amount of money by any of its marks."""

from benefits import ActRefused, Dossier, DossierKey, load_dossier
from core.faults import Fault, FaultError
from yihui.bootstrap import Wiring


def find_dossier(wiring: Wiring, mark: DossierKey) -> Dossier:
    """Find the dossier for a mark. *Raises*: FaultError if the mark leads to nothing."""
    try:
        with wiring.database.read() as connection:
            return load_dossier(connection, mark)
    except ActRefused as refused:
        fault = Fault(
            refused.message, refused.remedy, field=refused.field, value=refused.value, params=refused.params
        )
        raise FaultError([fault]) from refused
