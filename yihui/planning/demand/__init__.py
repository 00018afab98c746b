"""What is to be served: census, ground, riders' searches or a planner's own file."""
