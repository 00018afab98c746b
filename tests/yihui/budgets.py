"""Set and change budgets as officers do, for tests."""

from tests.yihui.nouns import do
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.money.budgets.acts import CHANGE, CONFIRM, SET


def named(who: str) -> Actor:
    """Return who acts where nobody logs in."""
    return Actor(who, who, ActorKind.DEMO)


def set_budget(wiring: Wiring, budget: str, yuan: str, by: str = "li.min") -> None:
    """Set the first amount of a budget."""
    do(wiring, named(by), SET, budget, amount=yuan, reason="年度预算")


def propose_budget(wiring: Wiring, budget: str, yuan: str, by: str = "li.min") -> None:
    """Propose another amount."""
    do(wiring, named(by), CHANGE, budget, amount=yuan, reason="追加")


def change_budget(wiring: Wiring, budget: str, yuan: str, by: str = "li.min", second: str = "gh-017") -> None:
    """Change a budget by two officers."""
    propose_budget(wiring, budget, yuan, by)
    do(wiring, named(second), CONFIRM, budget)
