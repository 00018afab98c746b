"""Payouts, invoices and payments that failed."""
