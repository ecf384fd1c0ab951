"""Results and errors as text: one file per output format, and the drawing of errors."""
