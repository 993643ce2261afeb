"""Training, evaluation and export. Only this package imports torch, and only `worker.py` is started from outside."""
