"""Archives of headlines: scored in bulk by a cluster, kept as Parquet by month, loaded into the store."""
