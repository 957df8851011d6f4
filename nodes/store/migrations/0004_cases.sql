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

-- What was open before is listed when the node starts next (nodes.journal.cases).
INSERT INTO settings (key, value) SELECT 'cases_unfilled', '1' WHERE EXISTS (SELECT 1 FROM events);
