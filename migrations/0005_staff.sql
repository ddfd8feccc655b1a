-- 0005: who may unlock the panel, and how many wrong tries there were.

-- Of a PIN only what Argon2id makes of it with this box's salt is kept. One salt for all: a
-- PIN alone tells whose it is, so one computation has to be enough to look it up, and no two
-- people may have the same.
CREATE TABLE pins (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    role       TEXT    NOT NULL CHECK (role IN ('staff', 'technician')),
    label      TEXT    NOT NULL CHECK (label <> ''),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER CHECK (revoked_at >= created_at)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX pins_once ON pins (hash) WHERE revoked_at IS NULL;

-- A try counts as wrong from before it is looked at until it has proved right, so that
-- nothing is won by cutting the power in between.
CREATE TABLE unlocking (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    salt     BLOB    NOT NULL CHECK (length(salt) = 16),
    wrong    INTEGER NOT NULL DEFAULT 0 CHECK (wrong >= 0),
    wrong_at INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO unlocking (id, salt) VALUES (1, randomblob(16));
