-- list_touched_items --
-- Items that were written here since a moment, by name: what changed at the gateway since then is among them.
SELECT name FROM streams WHERE name > :after AND name < 'items0' AND update_time >= :since ORDER BY name LIMIT :size;

-- list_item_versions --
-- An item's folded events in order, with their receipts.
SELECT version, envelope, receipt FROM events
WHERE stream = :stream AND standing = 1 ORDER BY version LIMIT 1000;
