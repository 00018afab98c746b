"""Files that go to the bank and come back: by a configuration, with accounts that are kept nowhere else."""

from yihui.files.bank.order_file import control, order_file
from yihui.files.bank.payees import Payee, read_payees
from yihui.files.bank.return_file import read_return
from yihui.files.bank.terms import Terms, read_terms

__all__ = ["Payee", "Terms", "control", "order_file", "read_payees", "read_return", "read_terms"]
