"""How fast, how fair and how steady: what `make bench` measures.

`figures` holds the arithmetic, `options` what all can be told; `latency`, `load`, `soak`, `ingest` and `phases` each measure one thing; `serving` starts
the server that some of them ask and `clients` asks it.
"""
