"""Find the dossier of one amount of money by any of its marks."""

from benefits import Dossier, DossierKey, load_dossier
from core.civil_time import civil_date
from yihui.bootstrap import Wiring


def find_dossier(wiring: Wiring, mark: DossierKey) -> Dossier:
    """Find the dossier for a mark. *Raises*: FaultError if the mark leads to nothing."""
    with wiring.database.read() as connection:
        return load_dossier(connection, mark, civil_date(wiring.now()))
