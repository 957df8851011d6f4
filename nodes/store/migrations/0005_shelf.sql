-- What somebody at the scan page has scanned since the last thing was recorded, and what was recorded in this batch.
CREATE TABLE scan_sessions (
    user_name {text} NOT NULL PRIMARY KEY,
    mode {text} NOT NULL,
    carrier {text} NOT NULL,
    texts {text} NOT NULL,
    done {text} NOT NULL,
    turns {bigint} NOT NULL,
    update_time {bigint} NOT NULL
);

-- Stocktakes of a post: the shelf against the ledger. Under way while they have no close_time.
CREATE TABLE stocktakes (
    stocktake_id {text} NOT NULL PRIMARY KEY,
    post {text} NOT NULL,
    staff_id {text} NOT NULL,
    begin_time {bigint} NOT NULL,
    close_time {bigint},
    matched {bigint},
    finding {text}
);
CREATE INDEX stocktakes_by_post ON stocktakes (post, begin_time);

-- What was scanned in a stocktake.
CREATE TABLE stock_scans (
    stocktake_id {text} NOT NULL,
    name {text} NOT NULL,
    scan_time {bigint} NOT NULL,
    PRIMARY KEY (stocktake_id, name)
);
