"""Does the hypothesised structure hold? Confirmatory factor models, as a chain of replaceable parts.

==================  ====================================================================================================
``tokens, syntax``  model string → statements with their place
``partable``        statements → every parameter of every group (``ParTable``), ``group_equal``
``constraints``     labels and ``==`` → θ = K x + k₀; ``expressions`` differentiates ``:=``
``data``            rows, groups, weights, clusters
``observed``        means, covariances; ``casewise`` scores; ``patterns`` of missing answers; ``ordinal`` thresholds
``material``        one ``Observed`` a group: ``.moments``, ``.thresholds``, ``.block(places, means=)``
``implied``         RAM moments, Δ and curvature; ``response`` scales ordered items
``loss``            the ``Block`` interface; ``normal_block``, ``fiml_block``, ``least_squares``
``optimise``        Fisher scoring, then Newton
``fit``             ``Fit``: table, θ, blocks (Δ, W, Γ): the seam for what is built on a fit
``inference``       information, vcov; ``tests`` chi-squares; ``robust`` those behind robust indices
``measures``        one fit measure a function; ``summary`` puts them together
``standardise``     standardised values, their Jacobian; ``residual_tests`` z of residual correlations
``problem``         ``state`` (observe once), ``Problem.with_options`` (ask otherwise), ``solve``
``result``, ``api`` ``CfaResult``, ``cfa``
==================  ====================================================================================================

Orders: θ as ``table.free``; continuous statistics [μ, vech Σ] (or vech Σ), vech column by column of the lower triangle;
ordered items [thresholds item by item, correlations column by column below the diagonal]. W and information are of one
observation: F ≈ r′Wr, chi-square = N F, vcov = P/N.
"""
