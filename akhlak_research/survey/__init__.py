"""Who the answers stand for: plan, fieldwork, designs, weights, and estimates with design-based errors."""
