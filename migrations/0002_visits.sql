-- 0002: patients who come again, today's queue, calls for staff, and where things are.

ALTER TABLE clinic ADD COLUMN holidays TEXT CHECK (length(holidays) = 2);
ALTER TABLE clinic ADD COLUMN open_on TEXT NOT NULL DEFAULT '[]' CHECK (json_type(open_on) = 'array');
ALTER TABLE clinic ADD COLUMN places TEXT NOT NULL DEFAULT '[]' CHECK (json_type(places) = 'array');

-- As the end of a sentence: "in room 3".
ALTER TABLE practitioners ADD COLUMN room TEXT CHECK (room <> '');

-- When the patient agreed to be on record; nobody was asked before this step.
ALTER TABLE patients ADD COLUMN consented_at INTEGER;

CREATE INDEX patients_by_phone ON patients (phone) WHERE phone IS NOT NULL;
CREATE INDEX patients_by_birth_date ON patients (birth_date) WHERE birth_date IS NOT NULL;

-- Numbers called out in the waiting room; they begin at 1 each day. Who came with an
-- appointment has one for it, who walked in waits for any of `wanted`.
CREATE TABLE queue_tickets (
    day         TEXT    NOT NULL CHECK (day = date(day)),
    number      INTEGER NOT NULL CHECK (number >= 1),
    appointment TEXT    UNIQUE REFERENCES appointments (id),
    wanted      TEXT    NOT NULL CHECK (json_type(wanted) = 'array'),
    status      TEXT    NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'called', 'done', 'left')),
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (day, number)
) STRICT, WITHOUT ROWID;

-- Somebody should come. It says nothing about who.
CREATE TABLE alerts (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    kind        TEXT    NOT NULL CHECK (kind IN ('help', 'urgent')),
    raised_at   INTEGER NOT NULL,
    answered_at INTEGER CHECK (answered_at >= raised_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_open ON alerts (raised_at) WHERE answered_at IS NULL;

-- Who may ask over HTTP. Of a key only its SHA-256 is known: it is 256 random bits, which
-- nobody guesses.
CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    label      TEXT    NOT NULL CHECK (label <> ''),
    scopes     TEXT    NOT NULL CHECK (json_type(scopes) = 'array'),
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER CHECK (revoked_at >= created_at)
) STRICT, WITHOUT ROWID;
