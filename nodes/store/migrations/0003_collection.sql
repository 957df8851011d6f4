-- A pickup code has an end, a result is kept for so long only, and it may lie in a locker.
ALTER TABLE pickups ADD COLUMN expire_time {bigint} NOT NULL DEFAULT 0;
ALTER TABLE pickups ADD COLUMN hold_until {bigint} NOT NULL DEFAULT 0;
ALTER TABLE pickups ADD COLUMN locker {text} NOT NULL DEFAULT '';
CREATE INDEX pickups_by_locker ON pickups (locker);
CREATE INDEX pickups_by_hold ON pickups (hold_until);
