"""The six stages of an instrument: the study folder, its records, and running its notebooks."""
