"""Live status of stations: rider reports, keeper notices and what follows from them."""
