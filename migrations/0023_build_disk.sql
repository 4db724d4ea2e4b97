CREATE INDEX "build_cache_used" ON "build_cache" USING btree ("used_at");
--> statement-breakpoint
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
      -- Each layer of its build cache by itself: what is below it is another one's.
      + (SELECT coalesce(sum((document ->> 'Size')::bigint), 0)::bigint FROM image WHERE id IN (SELECT layers_id FROM build_cache WHERE tenant_id = whose))
  END END $$;
