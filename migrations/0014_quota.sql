ALTER TABLE "tenant" ADD COLUMN "quota" jsonb DEFAULT '{"containers":1000,"volumes":1000,"images":1000,"ports":1000,"memoryBytes":1099511627776,"nanoCpus":512000000000,"streams":1000,"requestsPerSecond":1000}'::jsonb NOT NULL;--> statement-breakpoint
-- As its owner, since a tenant reads no publications; so it looks itself that nobody counts what is another's.
CREATE FUNCTION berth_used(whose uuid, kind text) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN whose = coalesce(berth_tenant_id(), whose) THEN CASE kind
    WHEN 'containers' THEN (SELECT count(*) FROM container WHERE tenant_id = whose AND state IN ('creating', 'created'))
    WHEN 'volumes' THEN (SELECT count(*) FROM volume WHERE tenant_id = whose AND state = 'active')
    WHEN 'images' THEN (SELECT count(*) FROM image_grant WHERE tenant_id = whose)
    WHEN 'ports' THEN (SELECT count(*) FROM publication WHERE tenant_id = whose AND state <> 'kept')
    WHEN 'memoryBytes' THEN (SELECT coalesce(sum(demand_memory_bytes), 0)::bigint FROM container WHERE tenant_id = whose AND held)
    WHEN 'nanoCpus' THEN (SELECT coalesce(sum(demand_nano_cpus), 0)::bigint FROM container WHERE tenant_id = whose AND held)
  END END $$;
--> statement-breakpoint
-- Counted where the row is written, so that no way to write one can forget it. The lock lets one of a tenant's writers count at a time:
-- what it then sees includes its own row and those of everybody before it.
CREATE FUNCTION berth_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind text;
  most bigint;
BEGIN
  FOREACH kind IN ARRAY TG_ARGV LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(kind || NEW.tenant_id, 0));
    SELECT (quota ->> kind)::bigint INTO most FROM tenant WHERE id = NEW.tenant_id;
    IF berth_used(NEW.tenant_id, kind) > most THEN
      RAISE EXCEPTION USING ERRCODE = 'BQ001', MESSAGE = kind || ' ' || most;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER container_quota AFTER INSERT ON container FOR EACH ROW EXECUTE FUNCTION berth_quota('containers');
--> statement-breakpoint
CREATE TRIGGER volume_quota AFTER INSERT ON volume FOR EACH ROW EXECUTE FUNCTION berth_quota('volumes');
--> statement-breakpoint
CREATE TRIGGER image_grant_quota AFTER INSERT ON image_grant FOR EACH ROW EXECUTE FUNCTION berth_quota('images');
--> statement-breakpoint
CREATE TRIGGER publication_quota AFTER INSERT ON publication FOR EACH ROW EXECUTE FUNCTION berth_quota('ports');
--> statement-breakpoint
-- A container that runs already is counted and not refused: only who starts one names its process.
CREATE TRIGGER container_held_quota AFTER UPDATE OF held ON container FOR EACH ROW
  WHEN (NEW.held AND NOT OLD.held AND NEW.process_id IS NOT NULL) EXECUTE FUNCTION berth_quota('memoryBytes', 'nanoCpus');
