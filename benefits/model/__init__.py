"""What the books know: accounts, moves, portions, rulings, refusals."""
