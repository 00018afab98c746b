"""Merchants' invoices: read as offices write them, reconciled with the ledger, rendered as XLSX and HTML."""
