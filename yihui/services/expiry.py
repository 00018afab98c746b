"""Works off what ends: by command, after every run, and beside the site."""

from datetime import date

from benefits.lifecycle.expiry import Worked, end_what_is_due
from events.retries import in_transaction
from yihui.bootstrap import Wiring


def end_all(wiring: Wiring, today: date) -> Worked:
    """All that is due up to a day, in transactions of some hundreds; stopped anywhere it goes on next time."""
    total = Worked()
    while True:
        done = in_transaction(wiring.database, lambda c: end_what_is_due(c, today, wiring.now()))
        if not done.slots:
            return total
        total += done
