-- A running container that takes more is counted again; one that takes less is not, so that a tenant over its quota can shrink.
CREATE TRIGGER container_memory_quota AFTER UPDATE OF demand_memory_bytes ON container FOR EACH ROW
  WHEN (NEW.held AND OLD.held AND NEW.demand_memory_bytes > OLD.demand_memory_bytes) EXECUTE FUNCTION berth_quota('memoryBytes');
--> statement-breakpoint
CREATE TRIGGER container_cpu_quota AFTER UPDATE OF demand_nano_cpus ON container FOR EACH ROW
  WHEN (NEW.held AND OLD.held AND NEW.demand_nano_cpus > OLD.demand_nano_cpus) EXECUTE FUNCTION berth_quota('nanoCpus');
