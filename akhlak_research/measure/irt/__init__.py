"""Item response theory: response functions, marginal maximum likelihood, person scores, fit, linking."""
