"""What a process of this room gives up before it touches a file of unknown origin: Landlock, seccomp, resource limits.

Starting such processes and talking to them is left to `ingest.confined` and `ingest.readers.libreoffice`.
"""
