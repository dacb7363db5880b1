"""Sales goals with a known chance of being met."""
