"""What the field knows, kept as data: thresholds with the source each cites, and the schema that checks them."""
