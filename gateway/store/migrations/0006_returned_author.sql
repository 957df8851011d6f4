-- Who made what came back, and as which of its events: an author's events are placed in the order in which it made them.

ALTER TABLE returned ADD COLUMN author {text} NOT NULL DEFAULT '';
ALTER TABLE returned ADD COLUMN incarnation {bigint} NOT NULL DEFAULT 0;
ALTER TABLE returned ADD COLUMN sequence {bigint} NOT NULL DEFAULT 0;
CREATE INDEX returned_by_author ON returned (author, standing, incarnation, sequence);
