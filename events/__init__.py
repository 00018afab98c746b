"""events: what happened, in what order, exactly once."""

from events.catalogue import catalogue
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable, check_event, read_event, sendable
from events.erasure import Erased, erase
from events.held_events import Resumed, resume
from events.outcome_events import Outgoing, mark_published, purge, unpublished
from events.pipeline import Item, Outcomes, handle
from events.redecision import Redecided, redecide
from events.run_tally import Tally
from events.runner import Runner, accept
from events.unevaluated_rules import NotLooked, not_looked

__all__ = [
    "DeadLetter",
    "Erased",
    "Event",
    "Item",
    "NotLooked",
    "Outcomes",
    "Outgoing",
    "Redecided",
    "Resumed",
    "Runner",
    "Tally",
    "Unreadable",
    "accept",
    "catalogue",
    "check_event",
    "erase",
    "handle",
    "mark_published",
    "not_looked",
    "purge",
    "read_event",
    "redecide",
    "resume",
    "sendable",
    "unpublished",
]
