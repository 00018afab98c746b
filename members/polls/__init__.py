"""Polls and questionnaires: questions, who has answered, sealed ballots, answers and results."""
