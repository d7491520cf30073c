"""How verdicts and measurements become Markdown: numbers, tables, findings, a filled template."""
