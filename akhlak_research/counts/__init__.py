"""Small additive tables and moments: the waist between many sensitive rows and every statistic above."""
