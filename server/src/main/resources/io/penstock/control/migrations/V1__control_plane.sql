-- The tables of the control plane, for SQLite and PostgreSQL alike. ${identity} is the only word in
-- which the two differ: a number that the database counts up by itself.
-- Times are milliseconds since 1970 UTC. Structured values are JSON in a text column.

-- Tells this database from every other, so that no server takes one for another. One row.
CREATE TABLE installation (
  id VARCHAR(36) NOT NULL PRIMARY KEY
);
INSERT INTO installation (id) VALUES ('${installation}');

CREATE TABLE tenants (
  tenant_id      VARCHAR(64)  NOT NULL PRIMARY KEY,
  name           VARCHAR(128) NOT NULL,
  retention_days INTEGER      NOT NULL DEFAULT 7,
  quotas         TEXT         NOT NULL,
  redaction      TEXT         NOT NULL,
  created_at     BIGINT       NOT NULL,
  updated_at     BIGINT       NOT NULL
);

-- Tenants that were removed, by the order of their removal: each server with events of one deletes
-- them. That a tenant is in no table says nothing.
CREATE TABLE tenant_removals (
  number     ${identity},
  tenant_id  VARCHAR(64) NOT NULL,
  removed_at BIGINT      NOT NULL
);

CREATE TABLE api_keys (
  key_id         VARCHAR(64)  NOT NULL PRIMARY KEY,
  tenant_id      VARCHAR(64)  NOT NULL REFERENCES tenants (tenant_id),
  hash           VARCHAR(128) NOT NULL UNIQUE,
  prefix         VARCHAR(16)  NOT NULL,
  scopes         TEXT         NOT NULL,
  note           VARCHAR(255) NOT NULL DEFAULT '',
  created_by     VARCHAR(255) NOT NULL DEFAULT '',
  disabled       BOOLEAN      NOT NULL DEFAULT FALSE,
  created_at     BIGINT       NOT NULL,
  expires_at     BIGINT,
  last_used_at   BIGINT,
  rotated_at     BIGINT,
  previous_hash  VARCHAR(128) UNIQUE,
  previous_until BIGINT
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id);

-- An id is the tenant's own: what others call theirs is none of its business.
CREATE TABLE sources (
  tenant_id       VARCHAR(64)  NOT NULL REFERENCES tenants (tenant_id),
  id              VARCHAR(64)  NOT NULL,
  type            VARCHAR(16)  NOT NULL,
  origin          VARCHAR(16),
  display_name    VARCHAR(128) NOT NULL,
  collector       VARCHAR(64)  NOT NULL,
  site            VARCHAR(64),
  tags            TEXT         NOT NULL DEFAULT '[]',
  notes           TEXT,
  status          VARCHAR(16)  NOT NULL DEFAULT 'enabled',
  allowed_ips     TEXT         NOT NULL DEFAULT '[]',
  max_eps         INTEGER      NOT NULL DEFAULT 0,
  block_on_exceed BOOLEAN      NOT NULL DEFAULT TRUE,
  last_seen_at    BIGINT,
  created_at      BIGINT       NOT NULL,
  updated_at      BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- An indicator of tenant '*' holds for all.
CREATE TABLE indicators (
  id         VARCHAR(64)  NOT NULL PRIMARY KEY,
  tenant_id  VARCHAR(64)  NOT NULL,
  value      VARCHAR(255) NOT NULL,
  category   VARCHAR(64)  NOT NULL,
  confidence INTEGER      NOT NULL,
  feed       VARCHAR(64)  NOT NULL,
  expires_at BIGINT,
  created_at BIGINT       NOT NULL,
  updated_at BIGINT       NOT NULL,
  UNIQUE (tenant_id, feed, value)
);

-- How many indicators a tenant has, and how often they changed: who matches events against them
-- reads those of a tenant again when its revision is another.
CREATE TABLE indicator_sets (
  tenant_id VARCHAR(64) NOT NULL PRIMARY KEY,
  revision  BIGINT      NOT NULL,
  size      INTEGER     NOT NULL
);

CREATE TABLE feature_flags (
  name       VARCHAR(64)  NOT NULL PRIMARY KEY,
  value      BOOLEAN      NOT NULL,
  updated_at BIGINT       NOT NULL,
  updated_by VARCHAR(255) NOT NULL
);

-- What an operator chose while the server ran and that is neither a flag nor a table of its own.
CREATE TABLE settings (
  name       VARCHAR(64) NOT NULL PRIMARY KEY,
  value      TEXT        NOT NULL,
  updated_at BIGINT      NOT NULL
);

CREATE TABLE admin_audit_logs (
  id           ${identity},
  at           BIGINT       NOT NULL,
  tenant_id    VARCHAR(64)  NOT NULL,
  actor_key_id VARCHAR(255) NOT NULL,
  action       VARCHAR(100) NOT NULL,
  target       VARCHAR(255) NOT NULL,
  before_value TEXT,
  after_value  TEXT,
  client_ip    VARCHAR(45)  NOT NULL,
  user_agent   VARCHAR(500) NOT NULL
);
CREATE INDEX admin_audit_logs_by_time ON admin_audit_logs (at);

CREATE TABLE jobs (
  job_id      VARCHAR(36) NOT NULL PRIMARY KEY,
  tenant_id   VARCHAR(64) NOT NULL,
  server      VARCHAR(36) NOT NULL,
  type        VARCHAR(64) NOT NULL,
  args        TEXT        NOT NULL,
  status      VARCHAR(16) NOT NULL,
  progress    INTEGER     NOT NULL DEFAULT 0,
  logs        TEXT        NOT NULL DEFAULT '',
  created_at  BIGINT      NOT NULL,
  started_at  BIGINT,
  finished_at BIGINT,
  beat_at     BIGINT      NOT NULL
);

-- Counts the changes of a table, so that every server sees those of the others.
CREATE TABLE revisions (
  name   VARCHAR(64) NOT NULL PRIMARY KEY,
  number BIGINT      NOT NULL
);
INSERT INTO revisions (name, number) VALUES ('tenants', 0);
INSERT INTO revisions (name, number) VALUES ('api_keys', 0);
INSERT INTO revisions (name, number) VALUES ('sources', 0);
INSERT INTO revisions (name, number) VALUES ('indicators', 0);
INSERT INTO revisions (name, number) VALUES ('feature_flags', 0);
INSERT INTO revisions (name, number) VALUES ('settings', 0);
