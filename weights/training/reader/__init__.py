"""Train the reader of ink, a bidirectional LSTM with CTC, on the rows that the text network learns from."""
