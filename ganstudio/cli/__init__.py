"""The commands. Each module imports what is heavy inside its functions: `--help` must not pay for it."""
