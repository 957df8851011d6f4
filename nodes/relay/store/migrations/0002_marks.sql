-- What the database knows of itself: which life of the relay's journal (incarnation) it goes with, and when it was last
-- put back beside another.
CREATE TABLE marks (
    name {text} NOT NULL PRIMARY KEY,
    value {bigint} NOT NULL
);
