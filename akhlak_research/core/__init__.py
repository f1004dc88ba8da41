"""What every room stands on: errors, results, checks, registry, seeding, and the words of both languages."""
