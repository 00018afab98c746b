"""Codes and cards: issued, redeemed at a counter or from a batch, refunded, compared with invoices."""
