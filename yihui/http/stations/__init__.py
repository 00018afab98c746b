"""/api/v1/stations: the API of the locator."""
