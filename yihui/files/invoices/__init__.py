"""Merchants' invoices: read as offices make them, compared with the ledger, told as workbook and page."""
