"""End benefits whose time is over: by command, after every run, and in the background of the site."""

from datetime import date

from benefits.lifecycle.expiry import ExpiryResult, expire_due_grants
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring


def end_due_grants(wiring: Wiring, today: date) -> ExpiryResult:
    """End everything due up to a day, some hundreds a transaction; an interrupted run resumes at the next
    call.
    """
    total = ExpiryResult()
    while True:
        done = run_in_transaction(wiring.database, lambda c: expire_due_grants(c, today, wiring.now()))
        if not done.slots:
            return total
        total += done
