"""The database that remembers: goals, outlooks and drivers as they were frozen."""
