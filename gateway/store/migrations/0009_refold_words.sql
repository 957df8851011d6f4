-- Carriers' words and what a relay passes on of them are judged otherwise than before: folded anew at the next start.
INSERT INTO settings (key, value) SELECT 'unfolded', '1'
WHERE EXISTS (SELECT 1 FROM streams WHERE version > 0) AND NOT EXISTS (SELECT 1 FROM settings WHERE key = 'unfolded');
