"""The paths of the server, a file a family."""
