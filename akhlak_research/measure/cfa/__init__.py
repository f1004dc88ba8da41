"""Does the hypothesised structure hold? Confirmatory factor models: syntax, table, moments, loss, optimum, tests."""
