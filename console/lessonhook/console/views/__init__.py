"""What commands print: tables and lines, and where they write."""
