"""Train the network that writes a given text: labelled ink, rows composed of it, the recurrence with its window."""
