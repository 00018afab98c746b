"""Files exchanged with the bank. A configuration describes them; accounts are stored nowhere else."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from yihui.files.bank.order_file import compute_control_sums, render_order_file
    from yihui.files.bank.payees import Payee, read_payees
    from yihui.files.bank.return_file import read_bank_return
    from yihui.files.bank.terms import BankTerms, parse_bank_terms
else:
    __getattr__ = build_door(__name__)
