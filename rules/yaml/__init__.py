"""A file as text: read with places, its values and what was found to be wrong with them."""
