"""Workbooks (XLSX): their cells as the sheet shows them, and the layout of their sheets."""
