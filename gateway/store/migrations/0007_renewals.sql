-- When each node's certificate was last renewed by proof of its signing key, and by the challenge of which time.
CREATE TABLE renewals (
    node {text} NOT NULL PRIMARY KEY,
    challenge_time {bigint} NOT NULL,
    renew_time {bigint} NOT NULL
);
