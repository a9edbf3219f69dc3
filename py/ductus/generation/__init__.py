"""Lines that the network writes: styles, line wrapping, beautifying."""
