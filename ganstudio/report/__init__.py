"""What is said of runs, exports and data sets: labels, values and severities, which the front ends render.

Nothing here prints, has colours or knows a widget.
"""
