"""Exports to ONNX."""
