"""Analysis of cells, styles and ink."""
