"""The network's weights: arrays, 8-bit quantisation and the files that hold them."""
