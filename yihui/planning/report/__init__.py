"""The coverage report as a page, PDF, workbook and map pictures."""
