"""Output formats of tables, one file each: `render(summary, width)` to text."""
