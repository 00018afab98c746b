"""What other nouns may call of members' appeals."""

from yihui.cases.appeals.queries import count_open_appeals

__all__ = ["count_open_appeals"]
