"""What came back: readers, missing kinds, reverse keying, respondents."""
