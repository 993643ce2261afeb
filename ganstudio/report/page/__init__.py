"""A report on runs as one HTML file that needs no network: what is written into it, and the file itself."""
