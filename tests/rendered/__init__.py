"""One document in every format that youju reads, written by other programs' libraries or by hand."""
