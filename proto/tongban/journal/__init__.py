"""The journal's common words: events as they are signed, admitted and proven.

What flows: an author makes an `Event`, serialises it once, and signs those bytes together with whatever else it has
at hand (`envelopes`).  From then on nobody re-serialises: the bytes are hashed into the stream's head, stored,
carried and verified as they are.  The gateway fixes the event's place in its stream as an `AdmissionLeaf`, puts
the leaves of one commit into a Merkle tree, signs the root once, and gives each event a `Receipt` with its path
(`admissions`).  Ciphertext travels beside the event, which holds its digests.

Promised: an envelope or a receipt verifies alone, with the author's or the gateway's public key and nothing else.
The same admission gives the same bytes of receipt whenever it is asked.

What can go wrong, each with a named error: a signature that does not verify, a key of another node, ciphertext that
is not what the event says, a receipt for other bytes.
"""
