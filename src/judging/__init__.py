"""How a claim becomes a verdict: reading it, measuring it over seeds, and inferring."""
