-- The foundation. Times are seconds since 1970 in UTC, identifiers are UUIDs of 16 octets, secrets are SHA-256.
-- Every table whose rows expire is purged by a trigger on its own inserts: each insert removes at most two expired
-- rows, so tables stay bounded, no request waits long, and no job is needed.

CREATE TABLE IF NOT EXISTS schema_migrations (
    version     INTEGER PRIMARY KEY NOT NULL,
    applied_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS kept_secrets (
    name   TEXT PRIMARY KEY NOT NULL,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS signing_keys (
    algorithm     TEXT NOT NULL,     -- RS256, ES256, EdDSA; HS256 is the MAC key ring
    generation    INTEGER NOT NULL,
    sealed        BLOB NOT NULL,     -- the private part under the key-encryption key
    public_jwk    TEXT,              -- NULL for MAC keys
    created_at    INTEGER NOT NULL,
    activates_at  INTEGER NOT NULL,  -- signs from here on, until its successor does
    PRIMARY KEY (algorithm, generation)
) STRICT, WITHOUT ROWID;

-- A signing key goes 30 days after its successor took over, when the next one comes. MAC keys stay.
CREATE TRIGGER IF NOT EXISTS signing_keys_purge AFTER INSERT ON signing_keys WHEN NEW.algorithm <> 'HS256' BEGIN
    DELETE FROM signing_keys WHERE algorithm = NEW.algorithm AND EXISTS (
        SELECT 1 FROM signing_keys AS successor
        WHERE successor.algorithm = signing_keys.algorithm AND successor.generation = signing_keys.generation + 1
            AND successor.activates_at < NEW.created_at - 2592000);
END;

CREATE TABLE IF NOT EXISTS users (
    id              BLOB PRIMARY KEY NOT NULL,  -- sub
    user_id         TEXT NOT NULL UNIQUE,       -- JD-7392
    email           TEXT NOT NULL UNIQUE,       -- lower case
    email_verified  INTEGER NOT NULL DEFAULT 0,
    given_name      TEXT NOT NULL,
    family_name     TEXT NOT NULL,
    access_level    TEXT NOT NULL CHECK (access_level IN ('admin', 'user', 'suspended')),
    password_hash   TEXT NOT NULL,              -- bcrypt
    password_is_temporary  INTEGER NOT NULL DEFAULT 0,  -- another one must be chosen before the next sign-in
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    last_login_at   INTEGER,
    claims          TEXT                        -- further standard claims, JSON; NULL: none
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS users_by_created ON users (created_at);

CREATE INDEX IF NOT EXISTS users_by_given_name ON users (lower(given_name || ' ' || family_name));

CREATE INDEX IF NOT EXISTS users_by_family_name ON users (lower(family_name || ' ' || given_name));

CREATE INDEX IF NOT EXISTS users_by_rare_level ON users (access_level) WHERE access_level <> 'user';

CREATE TABLE IF NOT EXISTS audit_log (
    id          INTEGER PRIMARY KEY NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,   -- user: the subject itself; admin_token; the user ID of an administrator
    address     TEXT NOT NULL,   -- of whoever asked
    action      TEXT NOT NULL,   -- noun.verb
    subject     TEXT NOT NULL,   -- the identifier of what it was done to
    detail      TEXT NOT NULL,   -- what changed; never a secret
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS audit_log_by_subject ON audit_log (subject);

CREATE INDEX IF NOT EXISTS audit_log_by_action ON audit_log (action);

CREATE INDEX IF NOT EXISTS audit_log_by_time ON audit_log (at);

CREATE INDEX IF NOT EXISTS audit_log_by_expiry ON audit_log (expires_at);

CREATE TRIGGER IF NOT EXISTS audit_log_purge AFTER INSERT ON audit_log BEGIN
    DELETE FROM audit_log WHERE id IN (
        SELECT id FROM audit_log WHERE expires_at < NEW.at ORDER BY expires_at LIMIT 2);
END;

-- Who acts is a column of these views: a statement on one of them acts, and its trigger writes the audit log.
CREATE VIEW IF NOT EXISTS user_acts AS
SELECT users.*, '' AS action, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at, x'' AS link_hash, 0 AS link_expires_at
FROM users;

CREATE TRIGGER IF NOT EXISTS user_acts_create INSTEAD OF INSERT ON user_acts BEGIN
    INSERT INTO users (id, user_id, email, email_verified, given_name, family_name, access_level, password_hash,
        password_is_temporary, created_at, updated_at, last_login_at, claims)
    VALUES (NEW.id, NEW.user_id, NEW.email, NEW.email_verified, NEW.given_name, NEW.family_name, NEW.access_level,
        NEW.password_hash, NEW.password_is_temporary, NEW.created_at, NEW.updated_at, NEW.last_login_at, NEW.claims);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, NEW.user_id, NEW.access_level, NEW.log_expires_at);
END;

CREATE TRIGGER IF NOT EXISTS user_acts_change INSTEAD OF UPDATE ON user_acts WHEN NEW.action = 'user.change' BEGIN
    UPDATE users SET email = NEW.email, email_verified = NEW.email_verified, given_name = NEW.given_name,
        family_name = NEW.family_name, access_level = NEW.access_level, claims = NEW.claims, updated_at = NEW.at
    WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id,
        iif(OLD.access_level <> NEW.access_level, 'access_level: ' || OLD.access_level || ' -> ' || NEW.access_level || ' ', '')
            || iif(OLD.email <> NEW.email, 'email ', '') || iif(OLD.email_verified <> NEW.email_verified, 'email_verified ', '')
            || iif(OLD.given_name <> NEW.given_name OR OLD.family_name <> NEW.family_name, 'name ', '')
            || iif(OLD.claims IS NOT NEW.claims, 'claims ', ''),
        NEW.log_expires_at);
END;

-- Whoever knew the old password is signed out.
CREATE TRIGGER IF NOT EXISTS user_acts_password INSTEAD OF UPDATE ON user_acts
WHEN NEW.action IN ('user.password', 'user.reset_password') BEGIN
    UPDATE users SET password_hash = NEW.password_hash, password_is_temporary = NEW.password_is_temporary,
        email_verified = NEW.email_verified, updated_at = NEW.at
    WHERE id = OLD.id;
    UPDATE sessions SET ended_at = NEW.at WHERE user_id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id, '', NEW.log_expires_at);
END;

-- An administrator hands a link over. It is no mail, and shows nothing about the address.
CREATE TRIGGER IF NOT EXISTS user_acts_reset_link INSTEAD OF UPDATE ON user_acts WHEN NEW.action = 'user.reset_link' BEGIN
    INSERT OR REPLACE INTO one_time_links (user_id, purpose, token_hash, created_at, expires_at)
    VALUES (OLD.id, 'reset', NEW.link_hash, NEW.at, NEW.link_expires_at);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id, '', NEW.log_expires_at);
END;

CREATE TRIGGER IF NOT EXISTS user_acts_sessions INSTEAD OF UPDATE ON user_acts WHEN NEW.action = 'user.end_sessions' BEGIN
    UPDATE sessions SET ended_at = NEW.at WHERE user_id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id, '', NEW.log_expires_at);
END;

CREATE TRIGGER IF NOT EXISTS user_acts_delete INSTEAD OF UPDATE ON user_acts WHEN NEW.action = 'user.delete' BEGIN
    DELETE FROM users WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id, '', NEW.log_expires_at);
END;

CREATE TABLE IF NOT EXISTS clients (
    id            TEXT PRIMARY KEY NOT NULL,
    secret_hash   BLOB,                        -- NULL for public clients
    name          TEXT NOT NULL,               -- of the metadata, for sorting
    metadata      TEXT NOT NULL,               -- RFC 7591, JSON
    on_launchpad  INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    registration_token_hash  BLOB,             -- of the registration access token; NULL: nobody has one
    unused_expires_at        INTEGER           -- may be purged then; NULL: it has been used, or is kept
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS clients_by_name ON clients (name) WHERE on_launchpad;

CREATE INDEX IF NOT EXISTS clients_by_created ON clients (created_at);

CREATE INDEX IF NOT EXISTS clients_by_lower_name ON clients (lower(name));

CREATE INDEX IF NOT EXISTS clients_by_expiry ON clients (unused_expires_at) WHERE unused_expires_at IS NOT NULL;

CREATE TRIGGER IF NOT EXISTS clients_purge AFTER INSERT ON clients BEGIN
    DELETE FROM clients WHERE id IN (
        SELECT id FROM clients WHERE unused_expires_at < NEW.created_at ORDER BY unused_expires_at LIMIT 2);
END;

CREATE VIEW IF NOT EXISTS client_acts AS
SELECT clients.*, '' AS action, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM clients;

CREATE TRIGGER IF NOT EXISTS client_acts_create INSTEAD OF INSERT ON client_acts BEGIN
    INSERT INTO clients (id, secret_hash, name, metadata, on_launchpad, created_at, registration_token_hash)
    VALUES (NEW.id, NEW.secret_hash, NEW.name, NEW.metadata, NEW.on_launchpad, NEW.created_at, NEW.registration_token_hash);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, NEW.id, NEW.name, NEW.log_expires_at);
END;

-- What the administrator has changed is kept, used or not.
CREATE TRIGGER IF NOT EXISTS client_acts_change INSTEAD OF UPDATE ON client_acts WHEN NEW.action IN ('client.change', 'client.rotate_secret') BEGIN
    UPDATE clients SET secret_hash = NEW.secret_hash, name = NEW.name, metadata = NEW.metadata,
        on_launchpad = NEW.on_launchpad, unused_expires_at = NULL
    WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.id, NEW.name, NEW.log_expires_at);
END;

CREATE TRIGGER IF NOT EXISTS client_acts_delete INSTEAD OF UPDATE ON client_acts WHEN NEW.action = 'client.delete' BEGIN
    DELETE FROM clients WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, NEW.action, OLD.id, OLD.name, NEW.log_expires_at);
END;

CREATE TABLE IF NOT EXISTS sessions (
    id           BLOB PRIMARY KEY NOT NULL,    -- sid
    secret_hash  BLOB NOT NULL,
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time    INTEGER NOT NULL,
    acr          TEXT NOT NULL,
    amr          TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    device       TEXT NOT NULL DEFAULT '',     -- the browser as people know it, such as "Firefox, Linux"
    ended_at     INTEGER                       -- only within the statement that ends the session: the row goes with it
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);

CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);

CREATE TRIGGER IF NOT EXISTS sessions_started AFTER INSERT ON sessions BEGIN
    UPDATE users SET last_login_at = NEW.created_at WHERE id = NEW.user_id;
    UPDATE sessions SET ended_at = NEW.created_at WHERE id IN (
        SELECT id FROM sessions WHERE expires_at < NEW.created_at ORDER BY expires_at LIMIT 2);
END;

CREATE TABLE IF NOT EXISTS totp_factors (
    user_id     BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sealed      BLOB NOT NULL,                 -- the secret under the key-encryption key
    last_step   INTEGER NOT NULL,              -- the time step of the last code that was used
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS recovery_codes (
    user_id  BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hashes   TEXT NOT NULL,                    -- SHA-256 of each code that is left, JSON
    made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS passkeys (
    id                  BLOB PRIMARY KEY NOT NULL,  -- as the authenticator made it
    user_id             BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,  -- the user handle, too
    public_key          TEXT NOT NULL,              -- JWK
    sign_count          INTEGER NOT NULL,           -- 0 where the authenticator does not count
    is_backup_eligible  INTEGER NOT NULL,           -- whether it may be copied to other devices
    is_backed_up        INTEGER NOT NULL,           -- whether it has been
    name                TEXT NOT NULL,
    transports          TEXT NOT NULL,              -- separated by spaces
    created_at          INTEGER NOT NULL,
    last_used_at        INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS passkeys_by_user ON passkeys (user_id, created_at);

-- For whoever has lost all their factors. The line of the audit log comes first: it says which there were.
CREATE TRIGGER IF NOT EXISTS user_acts_factors INSTEAD OF UPDATE ON user_acts WHEN NEW.action = 'user.remove_factors' BEGIN
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    SELECT NEW.at, NEW.actor, NEW.address, NEW.action, OLD.user_id, trim(
        iif(EXISTS (SELECT 1 FROM totp_factors WHERE user_id = OLD.id), 'totp ', '')
            || iif(EXISTS (SELECT 1 FROM passkeys WHERE user_id = OLD.id), 'passkeys ', '')
            || iif(EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = OLD.id), 'recovery_codes ', '')),
        NEW.log_expires_at;
    DELETE FROM totp_factors WHERE user_id = OLD.id;
    DELETE FROM passkeys WHERE user_id = OLD.id;
    DELETE FROM recovery_codes WHERE user_id = OLD.id;
END;

CREATE VIEW IF NOT EXISTS totp_acts AS
SELECT totp_factors.*, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM totp_factors;

CREATE TRIGGER IF NOT EXISTS totp_acts_add INSTEAD OF INSERT ON totp_acts BEGIN
    INSERT INTO totp_factors (user_id, sealed, last_step, created_at)
    VALUES (NEW.user_id, NEW.sealed, NEW.last_step, NEW.at);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    SELECT NEW.at, NEW.actor, NEW.address, 'user.factor_added', user_id, 'totp', NEW.log_expires_at
    FROM users WHERE id = NEW.user_id;
END;

-- Recovery codes are for who has a second factor.
CREATE TRIGGER IF NOT EXISTS totp_acts_remove INSTEAD OF UPDATE ON totp_acts BEGIN
    DELETE FROM totp_factors WHERE user_id = OLD.user_id;
    DELETE FROM recovery_codes
    WHERE user_id = OLD.user_id AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = OLD.user_id);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    SELECT NEW.at, NEW.actor, NEW.address, 'user.factor_removed', user_id, 'totp', NEW.log_expires_at
    FROM users WHERE id = OLD.user_id;
END;

CREATE VIEW IF NOT EXISTS passkey_acts AS
SELECT passkeys.*, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM passkeys;

CREATE TRIGGER IF NOT EXISTS passkey_acts_add INSTEAD OF INSERT ON passkey_acts BEGIN
    INSERT INTO passkeys (id, user_id, public_key, sign_count, is_backup_eligible, is_backed_up, name, transports, created_at)
    VALUES (NEW.id, NEW.user_id, NEW.public_key, NEW.sign_count, NEW.is_backup_eligible, NEW.is_backed_up, NEW.name,
        NEW.transports, NEW.at);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    SELECT NEW.at, NEW.actor, NEW.address, 'user.factor_added', user_id, 'passkey', NEW.log_expires_at
    FROM users WHERE id = NEW.user_id;
END;

CREATE TRIGGER IF NOT EXISTS passkey_acts_remove INSTEAD OF UPDATE ON passkey_acts BEGIN
    DELETE FROM passkeys WHERE id = OLD.id;
    DELETE FROM recovery_codes
    WHERE user_id = OLD.user_id AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = OLD.user_id)
        AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = OLD.user_id);
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    SELECT NEW.at, NEW.actor, NEW.address, 'user.factor_removed', user_id, 'passkey', NEW.log_expires_at
    FROM users WHERE id = OLD.user_id;
END;

-- Whoever ends a session sets when, and all that follows is here. What was allowed in it ends too, unless it was allowed
-- to go on without the user (offline_access), or nobody ended the session and its time was merely over.
-- First of all each client that wants to hear of it gets a notice, while its grants are still there to be found by.
CREATE TRIGGER IF NOT EXISTS sessions_ended AFTER UPDATE OF ended_at ON sessions BEGIN
    INSERT INTO logout_notices (session_id, client_id, user_id, due_at)
    SELECT DISTINCT NEW.id, c.id, NEW.user_id, NEW.ended_at FROM grants AS g JOIN clients AS c ON c.id = g.client_id
    WHERE g.user_id = NEW.user_id AND g.session_id = NEW.id
        AND json_extract(c.metadata, '$.backchannel_logout_uri') IS NOT NULL
    ON CONFLICT DO NOTHING;
    UPDATE grants SET revoked_at = NEW.ended_at, revoked_reason = 'session_ended'
    WHERE user_id = NEW.user_id AND session_id = NEW.id AND revoked_at IS NULL
        AND NEW.ended_at < NEW.expires_at AND instr(' ' || scope || ' ', ' offline_access ') = 0;
    DELETE FROM sessions WHERE id = NEW.id;
END;

-- A link lets whoever has it do one thing, once, for a user. A new one for the same thing replaces it.
CREATE TABLE IF NOT EXISTS one_time_links (
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose      TEXT NOT NULL,                -- reset, email
    token_hash   BLOB NOT NULL,
    address      TEXT,                         -- it was mailed to; NULL: an administrator has handed it over
    interaction  TEXT,                         -- what waits for the user, signed
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS one_time_links_by_token ON one_time_links (token_hash);

CREATE INDEX IF NOT EXISTS one_time_links_by_expiry ON one_time_links (expires_at);

CREATE TRIGGER IF NOT EXISTS one_time_links_purge AFTER INSERT ON one_time_links BEGIN
    DELETE FROM one_time_links WHERE token_hash IN (
        SELECT token_hash FROM one_time_links WHERE expires_at < NEW.created_at ORDER BY expires_at LIMIT 2);
END;

-- Whoever could use one that is on its way has the account in their hands no longer, or never had.
CREATE TRIGGER IF NOT EXISTS one_time_links_void AFTER UPDATE OF password_hash, email, email_verified ON users
WHEN OLD.password_hash <> NEW.password_hash OR OLD.email <> NEW.email OR OLD.email_verified <> NEW.email_verified BEGIN
    DELETE FROM one_time_links WHERE user_id = NEW.id;
END;

-- Somebody has signed up, and there is an account when a link that was mailed to the address has been used.
CREATE TABLE IF NOT EXISTS sign_ups (
    address        TEXT PRIMARY KEY NOT NULL,  -- lower case
    token_hash     BLOB NOT NULL UNIQUE,
    given_name     TEXT NOT NULL,
    family_name    TEXT NOT NULL,
    password_hash  TEXT NOT NULL,              -- bcrypt
    interaction    TEXT,                       -- what waits for the user, signed
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sign_ups_by_expiry ON sign_ups (expires_at);

CREATE TRIGGER IF NOT EXISTS sign_ups_purge AFTER INSERT ON sign_ups BEGIN
    DELETE FROM sign_ups WHERE address IN (
        SELECT address FROM sign_ups WHERE expires_at < NEW.created_at ORDER BY expires_at LIMIT 2);
END;

CREATE TRIGGER IF NOT EXISTS sign_ups_finished AFTER INSERT ON users BEGIN
    DELETE FROM sign_ups WHERE address = NEW.email;
END;

-- A suspended user is signed out everywhere, and does not find the sessions again when the suspension ends.
CREATE TRIGGER IF NOT EXISTS users_suspended AFTER UPDATE OF access_level ON users
WHEN NEW.access_level = 'suspended' BEGIN
    UPDATE sessions SET ended_at = NEW.updated_at WHERE user_id = NEW.id;
END;

CREATE VIEW IF NOT EXISTS session_acts AS
SELECT sessions.*, '' AS session, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM sessions;

CREATE TRIGGER IF NOT EXISTS session_acts_end INSTEAD OF UPDATE ON session_acts BEGIN
    UPDATE sessions SET ended_at = NEW.at WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, 'session.end', NEW.session,
        (SELECT user_id FROM users WHERE id = OLD.user_id), NEW.log_expires_at);
END;

-- Before the grants go with the user: otherwise nobody would know whom to tell. A deletion brings no time along.
CREATE TRIGGER IF NOT EXISTS users_deleted BEFORE DELETE ON users BEGIN
    UPDATE sessions SET ended_at = unixepoch() WHERE user_id = OLD.id;
END;

CREATE TABLE IF NOT EXISTS logout_notices (
    session_id  BLOB NOT NULL,
    client_id   TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id     BLOB NOT NULL,                 -- who may be gone
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL,              -- of the next attempt
    PRIMARY KEY (session_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS logout_notices_by_client ON logout_notices (client_id);

CREATE INDEX IF NOT EXISTS logout_notices_by_due_time ON logout_notices (due_at);

-- A notice that nobody has tried to deliver for a day after it was due tells no news.
CREATE TRIGGER IF NOT EXISTS logout_notices_purge AFTER INSERT ON logout_notices BEGIN
    DELETE FROM logout_notices WHERE (session_id, client_id) IN (
        SELECT session_id, client_id FROM logout_notices WHERE due_at < NEW.due_at - 86400 ORDER BY due_at LIMIT 2);
END;

CREATE TABLE IF NOT EXISTS consents (
    user_id     BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id   TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope       TEXT NOT NULL,                 -- one token; a row for each
    granted_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS consents_by_client ON consents (client_id);

CREATE TABLE IF NOT EXISTS grants (
    id                     BLOB PRIMARY KEY NOT NULL,  -- in the code and in every token
    client_id              TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id                BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id             BLOB NOT NULL,
    scope                  TEXT NOT NULL,
    redirect_uri           TEXT NOT NULL,
    redirect_uri_was_sent  INTEGER NOT NULL,
    code_challenge         TEXT,                       -- BASE64URL(SHA256(verifier)), whichever the method; NULL: none, or redeemed
    nonce                  TEXT,
    auth_time              INTEGER NOT NULL,
    acr                    TEXT NOT NULL,
    amr                    TEXT NOT NULL,
    claims                 TEXT,                       -- asked for by name, JSON; NULL: none
    resource               TEXT,                       -- which tokens may be for, JSON; NULL: none was asked for
    dpop_jkt               TEXT,                       -- thumbprint of the key that code and refresh token are bound to
    code_hash              BLOB NOT NULL,
    code_expires_at        INTEGER NOT NULL,
    redeemed_at            INTEGER,
    refresh_secret_hash    BLOB,                       -- NULL: no refresh token
    refresh_generation     INTEGER,                    -- the current one
    refresh_previous       INTEGER,                    -- the one that it replaced
    refresh_rotated_at     INTEGER,
    refresh_expires_at     INTEGER,
    revoked_at             INTEGER,
    revoked_reason         TEXT,
    created_at             INTEGER NOT NULL,
    expires_at             INTEGER NOT NULL            -- nothing of the grant is good after this: it may be purged
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS grants_by_user ON grants (user_id, session_id);

CREATE INDEX IF NOT EXISTS grants_by_client ON grants (client_id);

CREATE INDEX IF NOT EXISTS grants_by_expiry ON grants (expires_at);

CREATE TRIGGER IF NOT EXISTS grants_purge AFTER INSERT ON grants BEGIN
    DELETE FROM grants WHERE id IN (
        SELECT id FROM grants WHERE expires_at < NEW.created_at ORDER BY expires_at LIMIT 2);
END;

-- A client that has got a user's authorization is in use, and stays.
CREATE TRIGGER IF NOT EXISTS clients_used AFTER INSERT ON grants BEGIN
    UPDATE clients SET unused_expires_at = NULL WHERE id = NEW.client_id AND unused_expires_at IS NOT NULL;
END;

CREATE VIEW IF NOT EXISTS grant_acts AS
SELECT grants.*, '' AS "grant", '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM grants;

CREATE TRIGGER IF NOT EXISTS grant_acts_revoke INSTEAD OF UPDATE ON grant_acts BEGIN
    UPDATE grants SET revoked_at = NEW.at, revoked_reason = 'administrator' WHERE id = OLD.id;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, 'grant.revoke', NEW."grant",
        (SELECT user_id FROM users WHERE id = OLD.user_id) || ' ' || OLD.client_id, NEW.log_expires_at);
END;

-- What a user has let in, and the user shuts out: consents and live grants, told apart by nothing.
CREATE VIEW IF NOT EXISTS connection_acts AS
SELECT user_id, client_id, '' AS actor, '' AS address, 0 AS at, 0 AS log_expires_at FROM (
    SELECT user_id, client_id FROM consents UNION SELECT user_id, client_id FROM grants WHERE revoked_at IS NULL);

CREATE TRIGGER IF NOT EXISTS connection_acts_end INSTEAD OF UPDATE ON connection_acts BEGIN
    DELETE FROM consents WHERE user_id = OLD.user_id AND client_id = OLD.client_id;
    UPDATE grants SET revoked_at = NEW.at, revoked_reason = 'user'
    WHERE user_id = OLD.user_id AND client_id = OLD.client_id AND revoked_at IS NULL;
    INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at)
    VALUES (NEW.at, NEW.actor, NEW.address, 'user.disconnect', (SELECT user_id FROM users WHERE id = OLD.user_id),
        OLD.client_id, NEW.log_expires_at);
END;

CREATE TABLE IF NOT EXISTS device_authorizations (
    id                BLOB PRIMARY KEY NOT NULL,          -- in the device code; that of the grant, once there is one
    device_code_hash  BLOB NOT NULL,
    user_code_hash    BLOB NOT NULL UNIQUE,               -- a MAC
    client_id         TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope             TEXT NOT NULL,
    resource          TEXT,                               -- which tokens may be for, JSON; NULL: none was asked for
    interval          INTEGER NOT NULL,                   -- seconds between two token requests
    polled_at         INTEGER,
    polled_too_soon   INTEGER NOT NULL DEFAULT 0,         -- whether the last token request did not wait that long
    user_id           BLOB REFERENCES users (id) ON DELETE CASCADE,  -- who entered the user code first
    decision          TEXT CHECK (decision IN ('approved', 'denied')),
    decided_at        INTEGER,
    auth_time         INTEGER,                            -- of the session in which it was decided, for the grant
    acr               TEXT,
    amr               TEXT,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS device_authorizations_by_client ON device_authorizations (client_id);

CREATE INDEX IF NOT EXISTS device_authorizations_by_user ON device_authorizations (user_id);

CREATE INDEX IF NOT EXISTS device_authorizations_by_expiry ON device_authorizations (expires_at);

-- Ten minutes later than it could be: until then a device that asks is told that its code has expired.
CREATE TRIGGER IF NOT EXISTS device_authorizations_purge AFTER INSERT ON device_authorizations BEGIN
    DELETE FROM device_authorizations WHERE id IN (
        SELECT id FROM device_authorizations WHERE expires_at < NEW.created_at - 600 ORDER BY expires_at LIMIT 2);
END;

-- The device code is the code of the grant. The device is not part of the browser's session: the grant is one of its own.
CREATE TRIGGER IF NOT EXISTS device_authorizations_approved AFTER UPDATE OF decision ON device_authorizations
WHEN NEW.decision = 'approved' BEGIN
    INSERT INTO grants (id, client_id, user_id, session_id, scope, resource, redirect_uri, redirect_uri_was_sent, auth_time,
        acr, amr, code_hash, code_expires_at, created_at, expires_at)
    VALUES (NEW.id, NEW.client_id, NEW.user_id, NEW.id, NEW.scope, NEW.resource, '', 0, NEW.auth_time,
        NEW.acr, NEW.amr, NEW.device_code_hash, NEW.expires_at, NEW.decided_at, NEW.expires_at);
END;

CREATE TABLE IF NOT EXISTS revoked_tokens (
    id          BLOB PRIMARY KEY NOT NULL,             -- of an access token
    revoked_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL                       -- of the token: its row is not needed after this
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS revoked_tokens_by_expiry ON revoked_tokens (expires_at);

CREATE TRIGGER IF NOT EXISTS revoked_tokens_purge AFTER INSERT ON revoked_tokens BEGIN
    DELETE FROM revoked_tokens WHERE id IN (
        SELECT id FROM revoked_tokens WHERE expires_at < NEW.revoked_at ORDER BY expires_at LIMIT 2);
END;

CREATE TABLE IF NOT EXISTS replay_marks (
    id          BLOB PRIMARY KEY NOT NULL,             -- SHA-256 of purpose, issuer and jti
    marked_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL                       -- of what was used: it is refused for its age after this
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS replay_marks_by_expiry ON replay_marks (expires_at);

CREATE TRIGGER IF NOT EXISTS replay_marks_purge AFTER INSERT ON replay_marks BEGIN
    DELETE FROM replay_marks WHERE id IN (
        SELECT id FROM replay_marks WHERE expires_at < NEW.marked_at ORDER BY expires_at LIMIT 2);
END;

CREATE TABLE IF NOT EXISTS documents (
    url_hash    BLOB PRIMARY KEY NOT NULL,
    body        BLOB,                                  -- NULL: none came yet
    tried_at    INTEGER NOT NULL,
    stale_at    INTEGER NOT NULL,                      -- a new one is asked for from here on
    expires_at  INTEGER NOT NULL                       -- the body is not used after this
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS documents_by_expiry ON documents (expires_at);

CREATE TRIGGER IF NOT EXISTS documents_purge AFTER INSERT ON documents BEGIN
    DELETE FROM documents WHERE url_hash IN (
        SELECT url_hash FROM documents WHERE expires_at < NEW.tried_at ORDER BY expires_at LIMIT 2);
END;

CREATE TABLE IF NOT EXISTS pushed_requests (
    name_hash   BLOB PRIMARY KEY NOT NULL,             -- SHA-256 of request_uri
    client_id   TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    params      TEXT NOT NULL,                         -- form-encoded, without what authenticates the client
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL                       -- no authorization begins after this
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS pushed_requests_by_client ON pushed_requests (client_id);

CREATE INDEX IF NOT EXISTS pushed_requests_by_expiry ON pushed_requests (expires_at);

-- An authorization that began in time may take an hour.
CREATE TRIGGER IF NOT EXISTS pushed_requests_purge AFTER INSERT ON pushed_requests BEGIN
    DELETE FROM pushed_requests WHERE name_hash IN (
        SELECT name_hash FROM pushed_requests WHERE expires_at < NEW.created_at - 3600 ORDER BY expires_at LIMIT 2);
END;
