"""The land of the built streets: dwelling floor, residential land and residential roads by cell."""
