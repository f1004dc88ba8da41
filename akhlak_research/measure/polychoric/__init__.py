"""Correlations behind ordered answers: thresholds, polychoric correlations, and how surely both are known."""
