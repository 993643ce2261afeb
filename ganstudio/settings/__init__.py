"""Settings that stand in files or in the environment: which there are, where each may stand, and what holds now."""

WORKSPACE_FILE = "ganstudio.toml"  # what marks a folder as a workspace
