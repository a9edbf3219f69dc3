"""Whatever takes the time: matrix products, LSTM steps and t-SNE, in numpy or in WebAssembly SIMD."""
