"""Merchants: who may redeem what and where, with which keys, and their invoices."""
