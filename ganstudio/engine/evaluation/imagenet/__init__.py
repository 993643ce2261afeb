"""Networks trained on ImageNet whose convolutions alone are read."""
