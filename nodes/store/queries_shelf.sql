-- get_scan_session --
-- What somebody has scanned since the last thing was recorded, and what was recorded in this batch.
SELECT mode, carrier, texts, done, turns FROM scan_sessions WHERE user_name = :user_name;

-- put_scan_session --
-- Keeps what somebody has scanned.
INSERT INTO scan_sessions (user_name, mode, carrier, texts, done, turns, update_time)
VALUES (:user_name, :mode, :carrier, :texts, :done, :turns, :update_time)
ON CONFLICT (user_name) DO UPDATE SET mode = excluded.mode, carrier = excluded.carrier, texts = excluded.texts,
    done = excluded.done, turns = excluded.turns, update_time = excluded.update_time;

-- list_held --
-- The originals that a post holds by the confirmed ledger, each with the stream that brought it there, oldest first.
SELECT original, begin_time, stream FROM stays
WHERE node = :node AND kind = 2 AND end_time = :forever AND post = :post ORDER BY begin_time, original LIMIT 20000;

-- list_waiting_streams --
-- Streams on which own steps wait for their receipts.
SELECT DISTINCT stream FROM events WHERE standing = 0 ORDER BY stream LIMIT 10000;

-- begin_stocktake --
-- Begins to take stock of a post.
INSERT INTO stocktakes (stocktake_id, post, staff_id, begin_time) VALUES (:stocktake_id, :post, :staff_id, :begin_time);

-- open_stocktake --
-- The stocktake of a post that is under way.
SELECT stocktake_id, post, staff_id, begin_time, close_time, matched, finding FROM stocktakes
WHERE post = :post AND close_time IS NULL ORDER BY begin_time LIMIT 1;

-- get_stocktake --
-- A stocktake.
SELECT stocktake_id, post, staff_id, begin_time, close_time, matched, finding FROM stocktakes
WHERE stocktake_id = :stocktake_id;

-- close_stocktake --
-- Ends a stocktake with what it found.
UPDATE stocktakes SET close_time = :close_time, matched = :matched, finding = :finding
WHERE stocktake_id = :stocktake_id AND close_time IS NULL;

-- list_stocktakes --
-- The stocktakes of a post, newest first.
SELECT stocktake_id, post, staff_id, begin_time, close_time, matched, finding FROM stocktakes
WHERE post = :post AND close_time IS NOT NULL ORDER BY begin_time DESC LIMIT 20;

-- put_stock_scan --
-- Notes that something lies there; once.
INSERT INTO stock_scans (stocktake_id, name, scan_time) VALUES (:stocktake_id, :name, :scan_time)
ON CONFLICT (stocktake_id, name) DO NOTHING;

-- drop_stock_scan --
-- Takes back the last scan of a stocktake.
DELETE FROM stock_scans WHERE stocktake_id = :stocktake_id AND name = :name;

-- list_stock_scans --
-- What was scanned in a stocktake, in order.
SELECT name, scan_time FROM stock_scans WHERE stocktake_id = :stocktake_id ORDER BY scan_time, name LIMIT 10000;
