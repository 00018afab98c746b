"""What other nouns may call of case files."""

from yihui.cases.hardship.queries import find_visible_codes

__all__ = ["find_visible_codes"]
