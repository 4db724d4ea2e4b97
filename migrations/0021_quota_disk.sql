CREATE TABLE "tenant_disk" (
	"tenant_id" uuid NOT NULL,
	"host_id" uuid NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "tenant_disk_tenant_id_host_id_pk" PRIMARY KEY("tenant_id","host_id")
);
--> statement-breakpoint
ALTER TABLE "tenant" ALTER COLUMN "quota" SET DEFAULT '{"containers":1000,"volumes":1000,"images":1000,"ports":1000,"memoryBytes":1099511627776,"nanoCpus":512000000000,"pids":1000000,"diskBytes":4398046511104,"streams":1000,"requestsPerSecond":1000}'::jsonb;--> statement-breakpoint
ALTER TABLE "tenant_disk" ADD CONSTRAINT "tenant_disk_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_disk" ADD CONSTRAINT "tenant_disk_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tenant_disk_host" ON "tenant_disk" USING btree ("host_id");--> statement-breakpoint
UPDATE tenant SET quota = '{"pids":1000000,"diskBytes":4398046511104}'::jsonb || quota;--> statement-breakpoint
ALTER TABLE tenant_disk ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE tenant_disk FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY tenant ON tenant_disk TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id());--> statement-breakpoint
CREATE POLICY system ON tenant_disk TO CURRENT_USER USING (true) WITH CHECK (true);--> statement-breakpoint
GRANT SELECT ON tenant_disk TO berth_tenant;--> statement-breakpoint
CREATE OR REPLACE FUNCTION berth_used(whose uuid, kind text) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN whose = coalesce(berth_tenant_id(), whose) THEN CASE kind
    WHEN 'containers' THEN (SELECT count(*) FROM container WHERE tenant_id = whose AND state IN ('creating', 'created'))
    WHEN 'volumes' THEN (SELECT count(*) FROM volume WHERE tenant_id = whose AND state = 'active')
    WHEN 'images' THEN (SELECT count(*) FROM image_grant WHERE tenant_id = whose)
    WHEN 'ports' THEN (SELECT count(*) FROM publication WHERE tenant_id = whose AND state <> 'kept')
    WHEN 'memoryBytes' THEN (SELECT coalesce(sum(demand_memory_bytes), 0)::bigint FROM container WHERE tenant_id = whose AND held)
    WHEN 'nanoCpus' THEN (SELECT coalesce(sum(demand_nano_cpus), 0)::bigint FROM container WHERE tenant_id = whose AND held)
    WHEN 'pids' THEN (SELECT coalesce(sum((spec -> 'resources' ->> 'pidsLimit')::bigint), 0)::bigint FROM container WHERE tenant_id = whose AND held)
    -- An image counts once, on however many hosts it is, and whoever else has it too.
    WHEN 'diskBytes' THEN (SELECT coalesce(sum(bytes), 0)::bigint FROM tenant_disk WHERE tenant_id = whose)
      + (SELECT coalesce(sum((document ->> 'Size')::bigint), 0)::bigint FROM image_grant g JOIN image i ON i.id = g.image_id WHERE g.tenant_id = whose)
  END END $$;--> statement-breakpoint
DROP TRIGGER container_quota ON container;--> statement-breakpoint
CREATE TRIGGER container_quota AFTER INSERT ON container FOR EACH ROW EXECUTE FUNCTION berth_quota('containers', 'diskBytes');--> statement-breakpoint
DROP TRIGGER image_grant_quota ON image_grant;--> statement-breakpoint
CREATE TRIGGER image_grant_quota AFTER INSERT ON image_grant FOR EACH ROW EXECUTE FUNCTION berth_quota('images', 'diskBytes');--> statement-breakpoint
DROP TRIGGER container_held_quota ON container;--> statement-breakpoint
CREATE TRIGGER container_held_quota AFTER UPDATE OF held ON container FOR EACH ROW
  WHEN (NEW.held AND NOT OLD.held AND NEW.process_id IS NOT NULL) EXECUTE FUNCTION berth_quota('memoryBytes', 'nanoCpus', 'pids');--> statement-breakpoint
CREATE TRIGGER container_pids_quota AFTER UPDATE OF spec ON container FOR EACH ROW
  WHEN (NEW.held AND OLD.held AND (NEW.spec -> 'resources' ->> 'pidsLimit')::bigint > (OLD.spec -> 'resources' ->> 'pidsLimit')::bigint)
  EXECUTE FUNCTION berth_quota('pids');
