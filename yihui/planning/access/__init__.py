"""How places are shared among those who can reach them."""
