-- Times are microseconds of UTC. Names are resource names. No plaintext personal data: forms and files are ciphertext.

CREATE TABLE settings (
    key {text} NOT NULL PRIMARY KEY,
    value {text} NOT NULL
);

-- One row a stream. "version, head, state" is what the gateway has receipted and delivered; "predicted_…" adds this
-- node's own steps that wait for their receipts.
CREATE TABLE streams (
    name {text} NOT NULL PRIMARY KEY,
    collection {text} NOT NULL,
    version {bigint} NOT NULL,
    head {blob} NOT NULL,
    state {blob} NOT NULL,
    predicted_version {bigint} NOT NULL,
    predicted_head {blob} NOT NULL,
    predicted {blob} NOT NULL,
    phase {bigint} NOT NULL,
    parked {text} NOT NULL,
    create_time {bigint} NOT NULL,
    update_time {bigint} NOT NULL
);
CREATE INDEX streams_by_time ON streams (collection, create_time);

-- Which roles a node has in an application or a parcel, for its lists.
CREATE TABLE roles (
    stream {text} NOT NULL,
    role {bigint} NOT NULL,
    node {text} NOT NULL,
    PRIMARY KEY (stream, role, node)
);

-- The journal: own events from the moment they are signed, others' from the moment they are delivered.
-- standing: 0 own and waiting, 1 receipted and folded, 2 refused, 3 receipted and parked.
CREATE TABLE events (
    event_id {text} NOT NULL PRIMARY KEY,
    stream {text} NOT NULL,
    version {bigint},
    sequence {bigint},
    author {text} NOT NULL,
    digest {blob} NOT NULL,
    standing {bigint} NOT NULL,
    claim_time {bigint} NOT NULL,
    envelope {blob} NOT NULL,
    receipt {blob},
    rejection {blob}
);
CREATE UNIQUE INDEX events_by_version ON events (stream, version);
CREATE INDEX events_by_standing ON events (standing, sequence);

-- Ciphertext beside the events, apart from them so that it can be erased.
CREATE TABLE sealed (
    event_id {text} NOT NULL PRIMARY KEY,
    stream {text} NOT NULL,
    content {blob} NOT NULL
);
CREATE INDEX sealed_by_stream ON sealed (stream);

-- Signed headers of the batches that our receipts belong to.
CREATE TABLE admissions (
    batch_id {text} NOT NULL PRIMARY KEY,
    signed {blob} NOT NULL
);

-- Our own grant to each content key.
CREATE TABLE grants (
    stream {text} NOT NULL,
    audience {text} NOT NULL,
    ciphertext {blob} NOT NULL,
    PRIMARY KEY (stream, audience)
);

-- How far each channel was stored.
CREATE TABLE cursors (
    channel {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL
);

-- Who has held each original, oldest first.
CREATE TABLE custody (
    original {text} NOT NULL,
    place {bigint} NOT NULL,
    custody {blob} NOT NULL,
    PRIMARY KEY (original, place)
);

-- Calls that were made before, by their request id.
CREATE TABLE requests (
    request_id {text} NOT NULL PRIMARY KEY,
    method {text} NOT NULL,
    name {text} NOT NULL
);

-- Local numbers given out.
CREATE TABLE counters (
    name {text} NOT NULL PRIMARY KEY,
    value {bigint} NOT NULL
);

-- What a person here has to mend.
CREATE TABLE tasks (
    task_id {text} NOT NULL PRIMARY KEY,
    stream {text} NOT NULL,
    event_id {text} NOT NULL,
    reason {text} NOT NULL,
    message_zh {text} NOT NULL,
    message_en {text} NOT NULL,
    owner {text} NOT NULL,
    create_time {bigint} NOT NULL,
    done_time {bigint}
);
CREATE INDEX tasks_open ON tasks (done_time, create_time);

CREATE TABLE staff (
    user_name {text} NOT NULL PRIMARY KEY,
    staff_id {text} NOT NULL,
    title {text} NOT NULL,
    password {text} NOT NULL,
    roles {text} NOT NULL,
    post {text} NOT NULL,
    failures {bigint} NOT NULL,
    locked_until {bigint} NOT NULL
);

CREATE TABLE sessions (
    digest {blob} NOT NULL PRIMARY KEY,
    user_name {text} NOT NULL,
    expire_time {bigint} NOT NULL
);

-- One-time pickup codes, as salted digests.
CREATE TABLE pickups (
    application {text} NOT NULL PRIMARY KEY,
    salt {blob} NOT NULL,
    digest {blob} NOT NULL,
    failures {bigint} NOT NULL,
    locked_until {bigint} NOT NULL,
    use_time {bigint},
    expire_time {bigint} NOT NULL DEFAULT 0,
    hold_until {bigint} NOT NULL DEFAULT 0,
    locker {text} NOT NULL DEFAULT ''
);
CREATE INDEX pickups_by_locker ON pickups (locker);
CREATE INDEX pickups_by_hold ON pickups (hold_until);

-- Who opened what was sealed.
CREATE TABLE readings (
    reading_id {text} NOT NULL PRIMARY KEY,
    stream {text} NOT NULL,
    staff_id {text} NOT NULL,
    read_time {bigint} NOT NULL
);

-- Parcels that were taken in before their sender's events arrived; recorded as soon as these are here.
CREATE TABLE early_intakes (
    parcel {text} NOT NULL PRIMARY KEY,
    scan {blob} NOT NULL,
    staff_id {text} NOT NULL,
    post {text} NOT NULL,
    scan_time {bigint} NOT NULL
);

-- Each row of a chain of custody with the span for which it stands (mailroom.domain.ledger); for the post that holds
-- it, "node, post", for anybody else the node that answers. A present holder's span has no end (2 to the 62nd).
CREATE TABLE stays (
    original {text} NOT NULL,
    place {bigint} NOT NULL,
    begin_time {bigint} NOT NULL,
    end_time {bigint} NOT NULL,
    kind {bigint} NOT NULL,
    node {text} NOT NULL,
    post {text} NOT NULL,
    leg {text} NOT NULL,
    event_id {text} NOT NULL,
    stream {text} NOT NULL,
    PRIMARY KEY (original, place)
);
CREATE INDEX stays_by_begin ON stays (node, kind, begin_time);
CREATE INDEX stays_by_end ON stays (node, kind, end_time, begin_time, post);

-- Parcels that were opened, where and when.
CREATE TABLE openings (
    event_id {text} NOT NULL PRIMARY KEY,
    parcel {text} NOT NULL,
    node {text} NOT NULL,
    post {text} NOT NULL,
    open_time {bigint} NOT NULL,
    seals_intact {bigint} NOT NULL
);
CREATE INDEX openings_by_time ON openings (node, open_time);

-- What is counted of each leg that was scanned (mailroom.domain.statistics).
CREATE TABLE legs (
    parcel {text} NOT NULL,
    number {bigint} NOT NULL,
    origin {text} NOT NULL,
    destination {text} NOT NULL,
    carrier {text} NOT NULL,
    sent_time {bigint} NOT NULL,
    arrive_time {bigint},
    due_time {bigint},
    late {bigint} NOT NULL,
    suspected {bigint} NOT NULL,
    lost {bigint} NOT NULL,
    discrepancy {bigint} NOT NULL,
    one_sided {bigint} NOT NULL,
    timed {bigint} NOT NULL,
    cost_fen {bigint} NOT NULL,
    PRIMARY KEY (parcel, number)
);
CREATE INDEX legs_by_time ON legs (sent_time);

-- What is wrong with a parcel and open, as somebody's work (mailroom.domain.cases); "escalation" names the nodes whose
-- supervisors see it once the deadline has passed, each between commas.
CREATE TABLE cases (
    parcel {text} NOT NULL,
    code {text} NOT NULL,
    subject {text} NOT NULL,
    owner {text} NOT NULL,
    escalation {text} NOT NULL,
    open_time {bigint} NOT NULL,
    deadline {bigint} NOT NULL,
    PRIMARY KEY (parcel, code, subject)
);
CREATE INDEX cases_by_deadline ON cases (deadline);

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
