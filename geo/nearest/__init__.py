"""The nearest stations: index, filters, exact search and results."""
