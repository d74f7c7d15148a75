"""The local language model; the only package that imports llama_cpp."""
