"""Where deals and customers are lost, and what pays."""
