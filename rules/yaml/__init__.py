"""Rule files as text: values with their positions, and the findings about them."""
