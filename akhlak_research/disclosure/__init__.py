"""What may leave: thresholds, secondary suppression, differencing, public-use data, a record of every output."""
