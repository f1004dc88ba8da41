"""What is published: a folder that a stranger can use, cite and verify without asking."""
