DO $$
DECLARE
  owned text;
BEGIN
  FOREACH owned IN ARRAY ARRAY['deployment', 'revision', 'replica', 'operation', 'idempotency'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %I TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id())', owned);
    EXECUTE format('CREATE POLICY system ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', owned);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO berth_tenant', owned);
  END LOOP;
END $$;
--> statement-breakpoint
-- A new wish wakes its driver; what the driver itself writes does not.
CREATE TRIGGER deployment_changed AFTER INSERT OR UPDATE OF state, revision, replicas, restarts, version ON deployment
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
