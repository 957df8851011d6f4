-- Times are microseconds of UTC. Names are resource names.

CREATE TABLE settings (
    key {text} NOT NULL PRIMARY KEY,
    value {text} NOT NULL
);

-- One row a stream: its head, and the state that its events fold to.
CREATE TABLE streams (
    name {text} NOT NULL PRIMARY KEY,
    version {bigint} NOT NULL,
    head {blob} NOT NULL,
    state {blob} NOT NULL,
    update_time {bigint} NOT NULL
);

-- The journal. Never updated, never deleted.
CREATE TABLE events (
    stream {text} NOT NULL,
    version {bigint} NOT NULL,
    event_id {text} NOT NULL,
    digest {blob} NOT NULL,
    author {text} NOT NULL,
    envelope {blob} NOT NULL,
    batch_id {text} NOT NULL,
    receipt {blob} NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE UNIQUE INDEX events_by_id ON events (event_id);

-- Ciphertext beside the events, apart from them so that it can be erased.
CREATE TABLE sealed (
    event_id {text} NOT NULL PRIMARY KEY,
    stream {text} NOT NULL,
    content {blob} NOT NULL
);

-- One row an admitting transaction; its leaf in the log comes afterwards, from the sealer.
CREATE TABLE admissions (
    batch_id {text} NOT NULL PRIMARY KEY,
    signed {blob} NOT NULL,
    admit_time {bigint} NOT NULL,
    size {bigint} NOT NULL,
    leaf_index {bigint}
);
CREATE UNIQUE INDEX admissions_by_leaf ON admissions (leaf_index);
CREATE INDEX admissions_unsealed ON admissions (admit_time, batch_id) WHERE leaf_index IS NULL;

-- Refusals, so that the same event gets the same answer again.
CREATE TABLE rejections (
    event_id {text} NOT NULL PRIMARY KEY,
    digest {blob} NOT NULL,
    author {text} NOT NULL,
    rejection {blob} NOT NULL,
    reject_time {bigint} NOT NULL
);
CREATE INDEX rejections_by_digest ON rejections (digest);
CREATE INDEX rejections_by_author ON rejections (author, reject_time);

-- What each author's incarnation has used up.
CREATE TABLE authors (
    author {text} NOT NULL,
    incarnation {bigint} NOT NULL,
    sequence {bigint} NOT NULL,
    PRIMARY KEY (author, incarnation)
);

-- Ordered lists that nodes read: a mailbox is named like its node, a feed like feeds/nodes.
CREATE TABLE channels (
    name {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL
);
CREATE TABLE entries (
    channel {text} NOT NULL,
    position {bigint} NOT NULL,
    stream {text} NOT NULL,
    version {bigint} NOT NULL,
    PRIMARY KEY (channel, position)
);

-- How far each node says that it has stored each channel.
CREATE TABLE cursors (
    node {text} NOT NULL,
    channel {text} NOT NULL,
    position {bigint} NOT NULL,
    update_time {bigint} NOT NULL,
    PRIMARY KEY (node, channel)
);

-- One-time invitations; the secret itself is nowhere.
CREATE TABLE invitations (
    secret_digest {blob} NOT NULL PRIMARY KEY,
    node {text} NOT NULL,
    create_time {bigint} NOT NULL,
    expire_time {bigint} NOT NULL,
    use_time {bigint},
    registration_digest {blob},
    response {blob},
    region {text} NOT NULL DEFAULT ''
);

-- The log's tree: nodes over 2^level leaves, each written once. Level 0 is the leaves.
CREATE TABLE log_nodes (
    level {bigint} NOT NULL,
    place {bigint} NOT NULL,
    hash {blob} NOT NULL,
    PRIMARY KEY (level, place)
) {clustered};

-- Signed notes of the log's size and root.
CREATE TABLE log_checkpoints (
    epoch {bigint} NOT NULL,
    size {bigint} NOT NULL,
    note {blob} NOT NULL,
    sign_time {bigint} NOT NULL,
    PRIMARY KEY (epoch, size)
);

-- What only one replica may do at a time, and which one does it.
CREATE TABLE leases (
    name {text} NOT NULL PRIMARY KEY,
    holder {text} NOT NULL,
    fence {bigint} NOT NULL,
    beats {bigint} NOT NULL
);

-- Where every channel ended when an epoch began; the row of the empty channel stands for the epoch itself.
CREATE TABLE epochs (
    epoch {bigint} NOT NULL,
    channel {text} NOT NULL,
    position {bigint} NOT NULL,
    PRIMARY KEY (epoch, channel)
);

-- Which nodes have said, in which epoch, all that they hold.
CREATE TABLE reports (
    node {text} NOT NULL PRIMARY KEY,
    epoch {bigint} NOT NULL,
    report_time {bigint} NOT NULL
);

-- Receipted events that nodes brought back. standing: 0 to be placed, 1 cannot be placed.
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
    author {text} NOT NULL DEFAULT '',
    incarnation {bigint} NOT NULL DEFAULT 0,
    sequence {bigint} NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, version, digest)
);
CREATE INDEX returned_in_order ON returned (admit_time, batch_id, leaf_index);
CREATE INDEX returned_by_author ON returned (author, standing, incarnation, sequence);

-- How far authors had come, as their events that were brought back show.
CREATE TABLE recalled (
    author {text} NOT NULL,
    incarnation {bigint} NOT NULL,
    sequence {bigint} NOT NULL,
    PRIMARY KEY (author, incarnation)
);

-- Events that tripped a fault of ours, for the operator; nothing of what they say.
CREATE TABLE faults (
    event_id {text} NOT NULL PRIMARY KEY,
    author {text} NOT NULL,
    stream {text} NOT NULL,
    incident {text} NOT NULL,
    problem {text} NOT NULL,
    fault_time {bigint} NOT NULL,
    times {bigint} NOT NULL
);
CREATE INDEX faults_by_time ON faults (fault_time);

-- When each node's certificate was last renewed by proof of its signing key, and by the challenge of which time.
CREATE TABLE renewals (
    node {text} NOT NULL PRIMARY KEY,
    challenge_time {bigint} NOT NULL,
    renew_time {bigint} NOT NULL
);
