"""events: what happened, in what order, exactly once."""

from events.catalogue import catalogue
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable, check_event, read_event, sendable
from events.erasure import Erased, erase
from events.held import Resumed, resume
from events.not_looked import NotLooked, not_looked
from events.outwards import Outgoing, mark_published, purge, unpublished
from events.pipeline import Item, Outcomes, handle
from events.redecision import Redecided, redecide
from events.runner import Runner, accept
from events.tally import Tally

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
