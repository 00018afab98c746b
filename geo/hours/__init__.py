"""Opening hours: Chinese phrases from doors and lists → open, closed or unknown at an instant.

工作日 follows make-up work-days, 周一至周五 doesn't. What isn't understood wholly is unknown.
"""

from geo.hours.phrase import Phrase, Unread, read, unread
from geo.hours.pieces import Piece, pieces_of
from geo.hours.rows import CLOSED, OPEN, UNKNOWN
from geo.hours.schedules import STATES, Opening, Schedules
from geo.hours.spells import USUAL, Spell

__all__ = [
    "CLOSED",
    "OPEN",
    "STATES",
    "UNKNOWN",
    "USUAL",
    "Opening",
    "Phrase",
    "Piece",
    "Schedules",
    "Spell",
    "Unread",
    "pieces_of",
    "read",
    "unread",
]
