"""What other nouns may call of the requests to join."""

from yihui.cases.joining.queries import count_waiting

__all__ = ["count_waiting"]
