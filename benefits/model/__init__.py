"""The ledger's basic types: accounts, moves, rulings, refusals; and chunks of long lists."""
