"""Populations with known truth: for tests, for power, for teaching; whatever it makes says that it is simulated."""
