"""Trackers: what a run wrote as files of TensorBoard, Weights & Biases, MLflow and CSV; curves of others beside ours.

Everything here only reads a run's folder. The packages of the trackers are imported in the functions that need them.
"""
