CREATE TABLE "event" (
	"tenant_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	"time_nano" bigint NOT NULL,
	"type" text NOT NULL,
	"action" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"deployment" text,
	"attributes" jsonb NOT NULL,
	"synthesised" boolean NOT NULL,
	"source" text,
	CONSTRAINT "event_tenant_id_seq_pk" PRIMARY KEY("tenant_id","seq")
);
--> statement-breakpoint
CREATE TABLE "event_counter" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"last" bigint DEFAULT 0 NOT NULL,
	"pruned" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "event" ADD CONSTRAINT "event_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_counter" ADD CONSTRAINT "event_counter_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "event_source" ON "event" USING btree ("source");--> statement-breakpoint
CREATE INDEX "event_recorded" ON "event" USING btree ("recorded_at");--> statement-breakpoint
DO $$
DECLARE
  owned text;
BEGIN
  FOREACH owned IN ARRAY ARRAY['event', 'event_counter'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %I TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id())', owned);
    EXECUTE format('CREATE POLICY system ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', owned);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON event TO berth_tenant;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON event_counter TO berth_tenant;
--> statement-breakpoint
-- The counter's row is locked until the transaction ends: numbers become visible in their order, so no reader passes one by that is written late.
CREATE FUNCTION berth_events_append(owner uuid, items jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  base bigint;
  added bigint;
BEGIN
  INSERT INTO event_counter AS c (tenant_id) VALUES (owner) ON CONFLICT (tenant_id) DO UPDATE SET last = c.last RETURNING c.last INTO base;
  INSERT INTO event (tenant_id, seq, time_nano, type, action, actor_id, actor_name, deployment, attributes, synthesised, source)
    SELECT owner, base + row_number() OVER (ORDER BY n), (item ->> 'timeNano')::bigint, item ->> 'type', item ->> 'action', item ->> 'actorId',
      item ->> 'actorName', item ->> 'deployment', item -> 'attributes', (item ->> 'synthesised')::boolean, item ->> 'source'
    FROM jsonb_array_elements(items) WITH ORDINALITY AS i (item, n)
    WHERE item ->> 'source' IS NULL OR NOT EXISTS (SELECT FROM event e WHERE e.source = item ->> 'source');
  GET DIAGNOSTICS added = ROW_COUNT;
  IF added = 0 THEN RETURN; END IF;
  UPDATE event_counter SET last = base + added WHERE tenant_id = owner;
  PERFORM pg_notify('berth', 'event:' || owner);
END $$;
