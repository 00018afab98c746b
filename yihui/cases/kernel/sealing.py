"""What follows the acts that post."""

from yihui.bootstrap import Wiring


def seal(wiring: Wiring) -> None:
    """Seal what an act posted."""
    from yihui.services.ledger.sealing import seal_pending

    seal_pending(wiring)
