"""Vouchers and other benefits: one of them with its uses, and what officers do to it."""
