-- Carriers' words and what a relay passes on of them are judged otherwise than before: folded anew when the node starts
-- next (nodes.journal.refolding).
INSERT INTO settings (key, value) SELECT 'unfolded', '1' WHERE EXISTS (SELECT 1 FROM events);
