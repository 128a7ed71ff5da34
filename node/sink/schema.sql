-- schema.sql: the tables of a copy in PostgreSQL. Every key begins with the county (SK2), so that each table can be spread by it:
--   SELECT create_distributed_table('qipan.event', 'county');   and so on, where Citus is.
CREATE SCHEMA IF NOT EXISTS qipan;

CREATE TABLE IF NOT EXISTS qipan.mark (
    county text NOT NULL,
    node text NOT NULL,
    path text NOT NULL,
    incarnation bigint NOT NULL,
    position bigint NOT NULL,
    hash text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (county, node)
);

CREATE TABLE IF NOT EXISTS qipan.event (
    county text NOT NULL,
    node text NOT NULL,
    incarnation bigint NOT NULL,
    counter bigint NOT NULL,
    path text NOT NULL,
    matter text NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    custody bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (county, node, incarnation, counter)
);
CREATE INDEX IF NOT EXISTS event_matter ON qipan.event (county, matter, at);
CREATE INDEX IF NOT EXISTS event_at ON qipan.event (county, at);

CREATE TABLE IF NOT EXISTS qipan.matter (
    county text NOT NULL,
    id text NOT NULL,
    area text NOT NULL,
    state text NOT NULL,
    category text NOT NULL,
    source text NOT NULL,
    urgency text NOT NULL,
    desk text NOT NULL,
    holder text NOT NULL,
    custody bigint NOT NULL,
    version bigint NOT NULL,
    redo bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    handled_at timestamptz,
    closed_at timestamptz,
    deadline timestamptz,
    result text,
    exercise boolean NOT NULL,
    lat double precision,
    lon double precision,
    reached boolean,
    resolved boolean,
    satisfied boolean,
    PRIMARY KEY (county, id)
);
CREATE INDEX IF NOT EXISTS matter_opened ON qipan.matter (county, opened_at);
CREATE INDEX IF NOT EXISTS matter_open ON qipan.matter (county, deadline) WHERE closed_at IS NULL;

-- What is usually asked.
CREATE OR REPLACE VIEW qipan.open_now AS
    SELECT county, category, count(*) AS open, count(*) FILTER (WHERE deadline < now()) AS overdue
    FROM qipan.matter WHERE closed_at IS NULL AND NOT exercise GROUP BY county, category;
CREATE OR REPLACE VIEW qipan.by_day AS
    SELECT county, (opened_at AT TIME ZONE current_setting('TimeZone'))::date AS day, count(*) AS opened, count(closed_at) AS closed,
        count(*) FILTER (WHERE closed_at <= deadline) AS on_time, count(*) FILTER (WHERE closed_at > deadline) AS late
    FROM qipan.matter WHERE NOT exercise GROUP BY 1, 2;
CREATE OR REPLACE VIEW qipan.by_category AS
    SELECT county, category, count(*) AS opened, count(closed_at) AS closed,
        count(*) FILTER (WHERE closed_at <= deadline) AS on_time, count(*) FILTER (WHERE closed_at > deadline) AS late,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - opened_at)) AS closed_p50_s
    FROM qipan.matter WHERE NOT exercise GROUP BY county, category;
CREATE OR REPLACE VIEW qipan.by_desk AS
    SELECT county, holder, desk, count(*) AS opened, count(closed_at) AS closed, count(*) FILTER (WHERE closed_at IS NULL) AS open,
        count(*) FILTER (WHERE closed_at IS NULL AND deadline < now()) AS overdue, sum(redo) AS redo
    FROM qipan.matter WHERE NOT exercise GROUP BY county, holder, desk;
CREATE OR REPLACE VIEW qipan.visits AS
    SELECT county, category, count(reached) AS visited, count(*) FILTER (WHERE reached) AS reached, count(*) FILTER (WHERE resolved) AS resolved,
        count(*) FILTER (WHERE satisfied) AS satisfied
    FROM qipan.matter WHERE NOT exercise GROUP BY county, category;
CREATE OR REPLACE VIEW qipan.steps_by_hour AS
    SELECT county, date_trunc('hour', at) AS hour, type, count(*) AS events FROM qipan.event GROUP BY 1, 2, 3;
