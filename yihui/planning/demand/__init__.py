"""Demand: residents of the census, ground, riders' searches or a planner's own file."""
