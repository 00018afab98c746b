"""Streets: what one OpenStreetMap extract gives the locator, built into one folder."""
