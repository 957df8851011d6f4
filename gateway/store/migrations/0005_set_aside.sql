-- Events that tripped a fault of ours, for the operator; and refusals by their age, so that they can be bounded.
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
CREATE INDEX rejections_by_author ON rejections (author, reject_time);
