"""What is in files of data: CSV, TSV, JSON, Parquet."""
