"""The program in Python: `import ganstudio`, then `ganstudio.Workspace(".")`. Acts by commands, looks by files."""
