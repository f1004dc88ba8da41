"""Does the instrument measure the same in every group? The ladder of equality, what each rung costs, and what a
difference in measurement does to the index.

================  =================================================================================
``ladder``        the rungs, as changes of a parameter table (kernel: table in, table out)
``invariance``    ``invariance``: fits the ladder, tests each rung, sets it beside the cut-offs
``effects``       dMACS and index points of items that work differently
================  =================================================================================
"""
