"""Finds what goes wrong in a training, with the evidence and what to change.

`diagnose` reads a run's record and the fold of its events, nothing else: every reader finds the same, at any time.
"""

from ganstudio.diagnosis.finding import Finding as Finding
from ganstudio.diagnosis.run import diagnose as diagnose
from ganstudio.diagnosis.run import too_early as too_early
