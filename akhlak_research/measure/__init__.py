"""Does it measure? Items, reliability, adequacy, retention, factors."""
