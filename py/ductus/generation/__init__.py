"""Writing by the network: styles, rows and beautified ink."""
