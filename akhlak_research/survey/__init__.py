"""Who the answers stand for: sample size, and the margin of an index per unit."""
