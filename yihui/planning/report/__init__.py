"""The report on coverage: page, PDF, workbook, pictures."""
