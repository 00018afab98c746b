"""Merchants' invoices: read as offices write them."""
