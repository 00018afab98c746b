"""Voucher codes and member cards: issue, redeem, refund, offline batches, reconciliation of invoices."""
