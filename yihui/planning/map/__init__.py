"""The planner's map of stations and coverage."""
