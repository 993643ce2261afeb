"""How often each class, attribute or look comes among samples, beside the data: what was forgotten, what favoured."""
