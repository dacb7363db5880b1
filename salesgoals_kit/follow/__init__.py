"""Following a goal: what came of it at the end of its period."""
