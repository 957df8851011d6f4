-- The Merkle log over batches: each batch's leaf, the whole nodes, signed checkpoints, and who seals.

ALTER TABLE admissions ADD COLUMN leaf_index {bigint};

CREATE UNIQUE INDEX admissions_by_leaf ON admissions (leaf_index);

CREATE INDEX admissions_unsealed ON admissions (admit_time, batch_id) WHERE leaf_index IS NULL;

CREATE TABLE log_nodes (
    level {bigint} NOT NULL,
    place {bigint} NOT NULL,
    hash {blob} NOT NULL,
    PRIMARY KEY (level, place)
) {clustered};

CREATE TABLE log_checkpoints (
    epoch {bigint} NOT NULL,
    size {bigint} NOT NULL,
    note {blob} NOT NULL,
    sign_time {bigint} NOT NULL,
    PRIMARY KEY (epoch, size)
);

CREATE TABLE leases (
    name {text} NOT NULL PRIMARY KEY,
    holder {text} NOT NULL,
    fence {bigint} NOT NULL,
    beats {bigint} NOT NULL
);

INSERT INTO leases (name, holder, fence, beats) VALUES ('sealer', '', 0, 0);
