"""What reviewers read: tables, figures, two languages, script-free pages."""
