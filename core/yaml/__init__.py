"""The one reader of YAML: of rules, feed mappings, columns of registers and invoices, and banks' formats.

It refuses anchors and aliases, tags, deep nesting, repeated keys, days that don't exist, and values that
different readers take for different things. A number of more than 18 digits is a text.
"""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from core.yaml.document import YamlDocument
    from core.yaml.loading import load_yaml
    from core.yaml.yaml_text import MAX_YAML_CHARACTERS, parse_yaml_document
else:
    __getattr__ = build_door(__name__)
