"""The ledger as a record: export, seals, signed heads and verification."""
