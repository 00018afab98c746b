"""What the product does: each service opens the transaction, calls the rooms and returns data."""
