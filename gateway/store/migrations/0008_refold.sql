-- What was admitted under an earlier fold is folded anew when the gateway starts next (gateway.refolding).
INSERT INTO settings (key, value) SELECT 'unfolded', '1' WHERE EXISTS (SELECT 1 FROM streams WHERE version > 0);
