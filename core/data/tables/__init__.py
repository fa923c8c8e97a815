"""Any file of a table made into columns: formats, packing, cells, and what columns mean."""
