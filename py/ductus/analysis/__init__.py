"""What is learned about cells, hands and ink."""
