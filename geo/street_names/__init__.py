"""Names from a street extract: roads, crossings, stations, parks, house numbers, and what a person types for them."""
