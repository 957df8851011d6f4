"""Lists of items as files: what an official fills in, and what a region hands on.

    YAML, CSV, Excel ──► rows ──► documents, each with the place it came from ──► checked ──► published one by one
                           └── what is wrong: row, column, why, what to do

**One table, three files.**  `layout` says which columns there are, in Chinese, and which field of the document each one
fills.  A spreadsheet has one row an item and further sheets for materials, fields, laws, fees and results; a CSV file
has the same columns and puts those into cells, an entry a line.  YAML has the contract's own names.

**What is promised.**  What was exported is imported as it was, to the letter.  A row that is wrong refuses its own item
and harms no other; a file that nobody can make sense of refuses itself whole.  A column that a table does not have
changes nothing in items that are there already; a column that is there and empty empties the field.  In YAML an item is
whole: what it does not name is empty.

**What can go wrong.**  A file comes from anywhere: bytes, entries of a zip, rows, depth and aliases are bounded, a
formula is never worked out, and nothing outside the file is read.
"""
