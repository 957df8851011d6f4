-- Recovery of a restored gateway: where channels ended when each epoch began, who has reported, and what came back.

CREATE TABLE epochs (
    epoch {bigint} NOT NULL,
    channel {text} NOT NULL,
    position {bigint} NOT NULL,
    PRIMARY KEY (epoch, channel)
);

CREATE TABLE reports (
    node {text} NOT NULL PRIMARY KEY,
    epoch {bigint} NOT NULL,
    report_time {bigint} NOT NULL
);

CREATE TABLE returned (
    stream {text} NOT NULL,
    version {bigint} NOT NULL,
    digest {blob} NOT NULL,
    event_id {text} NOT NULL,
    admit_time {bigint} NOT NULL,
    batch_id {text} NOT NULL,
    leaf_index {bigint} NOT NULL,
    signed {blob} NOT NULL,
    receipt {blob} NOT NULL,
    content {blob} NOT NULL,
    node {text} NOT NULL,
    standing {bigint} NOT NULL,
    PRIMARY KEY (stream, version, digest)
);

CREATE INDEX returned_in_order ON returned (admit_time, batch_id, leaf_index);

CREATE TABLE recalled (
    author {text} NOT NULL,
    incarnation {bigint} NOT NULL,
    sequence {bigint} NOT NULL,
    PRIMARY KEY (author, incarnation)
);
