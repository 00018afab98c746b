"""Where to build next: read a siting order, solve it and show the proposals."""
