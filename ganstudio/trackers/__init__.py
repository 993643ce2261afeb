"""Trackers: what a run wrote, in the files of TensorBoard, Weights & Biases, MLflow and CSV, and curves of those beside ours.

Everything here only reads a run's folder. The packages of the trackers are imported in the functions that need them.
"""
