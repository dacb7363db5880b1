"""Goals: what to propose, and what humans agreed."""
