"""The one reader of YAML: of rules, feed mappings, columns of registers and invoices, and banks' formats.

It refuses anchors and aliases, tags, deep nesting, repeated keys, days that don't exist, and values that
different readers take for different things. A number of more than 18 digits is a text.
"""
