"""Tasks: somebody owes a result by a date."""
