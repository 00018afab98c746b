"""The rooms of money, as each of its pages names them beside itself."""

from core.text_marks import N_

MONEY_TABS = (
    ("/desk/money/budgets", N_("Budgets")),
    ("/desk/money/payouts", N_("Payouts")),
    ("/desk/money/payments", N_("Payments")),
    ("/desk/money/bank", N_("The bank's files")),
    ("/desk/money/vouchers", N_("Vouchers")),
    ("/desk/money/invoices", N_("Merchants' invoices")),
    ("/desk/money/lost-codes", N_("Lost vouchers")),
    ("/desk/money/reversals", N_("Reversals")),
    ("/desk/money/debts", N_("Debts")),
    ("/desk/money/reports/benefits", N_("Reports")),
)
