"""What it scores: recipe, ratings, bands, published figures."""
