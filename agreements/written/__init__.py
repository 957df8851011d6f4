"""An agreement as a legal officer writes it: YAML with Chinese keys, read strictly, and back.

    file ──► `layout` (one document, no aliases, each key once; every value with its line)
         ──► `reader` (each key and value by the contract; what is left out stays empty)
         ──► `filling` (fingerprints, regions and the version, from what the node knows)
         ──► AgreementDocument, whose bytes are what is signed

**What is promised.**  The keys are the contract's fields, each once, under one Chinese name (`keys`); a test walks the
contract for that.  What `write` makes of a document, `read` reads as the same document.  A key that is not known, one
that is there twice, a value of another type or a word that is not on the list is refused with the line it stands on and
what would be right; nothing is guessed and nothing dropped, because somebody signs it.

**What can go wrong.**  The text that is signed is the message, not the file: comments and layout are lost, and two
files may say the same.  So the digest is shown before anything is proposed, and whoever signs reads the node's text.
"""

from __future__ import annotations

from agreements.written.filling import fill as fill
from agreements.written.reader import Written as Written
from agreements.written.reader import read as read
from agreements.written.templates import KINDS as KINDS
from agreements.written.templates import template as template
from agreements.written.writer import write as write
