-- A row in each table of version 1, as that version writes it.

INSERT INTO kept_secrets VALUES ('key_encryption_key', 'a key of more than thirty-two characters');

INSERT INTO signing_keys VALUES ('ES256', 1, x'0101', '{"kty":"EC"}', 1700000000, 1700000000);

INSERT INTO users VALUES
    (x'01', 'AL-0001', 'ada@example.org', 1, 'Ada', 'Lovelace', 'admin', '$2b$10$', 0, 1700000000, 1700000000, NULL, '{}');

INSERT INTO audit_log VALUES (1, 1700000000, 'user', '192.0.2.1', 'user.create', 'AL-0001', '', 1800000000);

INSERT INTO clients VALUES ('app', x'02', 'App', '{"client_name":"App"}', 1, 1700000000, x'03', NULL);

INSERT INTO sessions VALUES
    (x'04', x'05', x'01', 1700000000, 'urn:a', 'pwd', 1700000000, 1800000000, 'Firefox, Linux', NULL);

INSERT INTO totp_factors VALUES (x'01', x'06', 1, 1700000000);

INSERT INTO recovery_codes VALUES (x'01', '["00"]', 1700000000);

INSERT INTO passkeys VALUES (x'07', x'01', '{"kty":"EC"}', 0, 1, 1, 'Key', 'usb', 1700000000, NULL);

INSERT INTO one_time_links VALUES (x'01', 'reset', x'08', 'ada@example.org', NULL, 1700000000, 1800000000);

INSERT INTO sign_ups VALUES ('bob@example.org', x'09', 'Bob', '', '$2b$10$', NULL, 1700000000, 1800000000);

INSERT INTO logout_notices VALUES (x'0a', 'app', x'01', 0, 1700000000);

INSERT INTO consents VALUES (x'01', 'app', 'openid', 1700000000);

INSERT INTO grants (id, client_id, user_id, session_id, scope, redirect_uri, redirect_uri_was_sent, auth_time, acr, amr,
    code_hash, code_expires_at, redeemed_at, refresh_secret_hash, refresh_generation, refresh_expires_at, created_at, expires_at)
VALUES (x'0b', 'app', x'01', x'04', 'openid', 'https://app.example/callback', 1, 1700000000, 'urn:a', 'pwd',
    x'0c', 1700000600, 1700000001, x'0d', 1, 1800000000, 1700000000, 1800000000);

INSERT INTO device_authorizations (id, device_code_hash, user_code_hash, client_id, scope, interval, created_at, expires_at)
VALUES (x'0e', x'0f', x'10', 'app', 'openid', 5, 1700000000, 1800000000);

INSERT INTO revoked_tokens VALUES (x'11', 1700000000, 1800000000);

INSERT INTO replay_marks VALUES (x'12', 1700000000, 1800000000);

INSERT INTO documents VALUES (x'13', x'14', 1700000000, 1700000300, 1800000000);

INSERT INTO pushed_requests VALUES (x'15', 'app', 'response_type=code', 1700000000, 1800000000);
