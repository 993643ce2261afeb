"""What requests are made into: checked plans, whose pictures come one after the other."""
