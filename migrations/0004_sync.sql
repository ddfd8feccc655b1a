-- 0004: the central server: what is there of what is here, what of it could not be used, how
-- far it was read, and how the last attempts went.
--
-- Instants of ours are UTC seconds as everywhere; the cursors are that
-- server's own words and are never compared with a clock of ours.

-- A resource of the central server that the kiosk knows.
--   * `own` is the record here; a resource that nothing here corresponds to has none. Of two
--     resources for one record the other server keeps one, and only that one is linked.
--   * `version` is the newest of that server that has been taken in or written; one that comes
--     again is passed over.
--   * `pushed` is the newest version of ours that it is known to hold.
--   * `resource` is what that server holds, so that what the kiosk doesn't know goes back as it
--     came. It may be personal: it goes when the patient is erased.
CREATE TABLE central_links (
    kind     TEXT    NOT NULL CHECK (kind IN ('Practitioner', 'PractitionerRole', 'Schedule',
                                              'Slot', 'Patient', 'Appointment')),
    central  TEXT    NOT NULL CHECK (length(central) BETWEEN 1 AND 64),
    own      TEXT,
    version  TEXT    NOT NULL,
    pushed   INTEGER NOT NULL DEFAULT 0,
    resource TEXT    CHECK (json_valid(resource)),
    PRIMARY KEY (kind, central)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX central_links_once ON central_links (kind, own) WHERE own IS NOT NULL;

CREATE TRIGGER patients_erased_everywhere AFTER UPDATE OF erased_at ON patients
WHEN NEW.erased_at IS NOT NULL
BEGIN
    UPDATE central_links SET resource = NULL
    WHERE kind = 'Patient' AND own = NEW.id
       OR kind = 'Appointment' AND own IN (SELECT id FROM appointments WHERE patient = NEW.id);
END;

-- Resources that could not be used: they block nothing and are tried again.
CREATE TABLE central_rejects (
    kind            TEXT    NOT NULL,
    central         TEXT    NOT NULL,
    version         TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    since           INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 1,
    next_attempt_at INTEGER NOT NULL,
    PRIMARY KEY (kind, central)
) STRICT, WITHOUT ROWID;

-- How far the central server has been read, type by type, in its own words.
CREATE TABLE central_cursors (
    kind  TEXT NOT NULL PRIMARY KEY,
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `kiosk` is what this one is called among those of its clinic; none where it stands alone.
CREATE TABLE sync_state (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    kiosk           TEXT,
    last_success_at INTEGER,
    last_attempt_at INTEGER,
    problem         TEXT,
    problem_since   INTEGER
) STRICT;

INSERT INTO sync_state (id) VALUES (1);

-- Slots that one kiosk of the clinic may book without asking anybody, until then; all others
-- leave them alone. A slot may be made anew from the same hours while it is leased.
CREATE TABLE slot_leases (
    slot  TEXT    NOT NULL PRIMARY KEY,
    kiosk TEXT    NOT NULL CHECK (length(kiosk) BETWEEN 1 AND 64),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW leased_to_others AS
    SELECT slot, until FROM slot_leases
    WHERE kiosk IS NOT (SELECT kiosk FROM sync_state);

-- The central server's own bookings stand above leases.
CREATE TRIGGER appointments_respect_leases_on_insert AFTER INSERT ON appointments
WHEN NEW.blocking = 1 AND NEW.changed_by <> 'central'
BEGIN
    SELECT RAISE(ABORT, 'slot is leased') FROM leased_to_others
    WHERE slot = NEW.slot AND until > NEW.changed_at;
END;
CREATE TRIGGER appointments_respect_leases_on_update AFTER UPDATE OF slot ON appointments
WHEN NEW.blocking = 1 AND NEW.slot IS NOT OLD.slot AND NEW.changed_by <> 'central'
BEGIN
    SELECT RAISE(ABORT, 'slot is leased') FROM leased_to_others
    WHERE slot = NEW.slot AND until > NEW.changed_at;
END;

CREATE INDEX appointments_colliding ON appointments (practitioner, starts_at) WHERE conflict = 1;

-- Ids are FHIR ids as well, and so can be read and referred to by other systems. A slot's id
-- is its practitioner's with a dot and ten digits.

CREATE TRIGGER appointments_have_fhir_ids BEFORE INSERT ON appointments
WHEN NEW.id GLOB '*[^A-Za-z0-9.-]*'
BEGIN
    SELECT RAISE(ABORT, 'an id has letters, digits, dots and hyphens only');
END;
CREATE TRIGGER patients_have_fhir_ids BEFORE INSERT ON patients
WHEN NEW.id GLOB '*[^A-Za-z0-9.-]*'
BEGIN
    SELECT RAISE(ABORT, 'an id has letters, digits, dots and hyphens only');
END;
CREATE TRIGGER practitioners_have_fhir_ids BEFORE INSERT ON practitioners
WHEN NEW.id GLOB '*[^A-Za-z0-9.-]*' OR length(NEW.id) > 50
BEGIN
    SELECT RAISE(ABORT, 'a practitioner''s id has at most 50 letters, digits, dots and hyphens');
END;
