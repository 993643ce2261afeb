"""The open inference protocol, version 2, that clients of Triton and KServe speak: tensors by name, JSON or binary."""
