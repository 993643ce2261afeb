"""Who may ask, and how much: tokens, hosts, rates."""
