-- An edge, and whoever shows ports, keeps them in memory. What leads to a publication is a part of it.
CREATE FUNCTION berth_publication_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  row_now jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  PERFORM pg_notify('berth', 'row:publication:' || coalesce(row_now ->> 'publication_id', row_now ->> 'id'));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER publication_changed AFTER INSERT OR DELETE OR UPDATE ON publication FOR EACH ROW EXECUTE FUNCTION berth_publication_changed();
--> statement-breakpoint
CREATE TRIGGER publication_target_changed AFTER INSERT OR DELETE OR UPDATE ON publication_target
  FOR EACH ROW EXECUTE FUNCTION berth_publication_changed();
--> statement-breakpoint
-- Ports are taken among all tenants, so only Berth itself reads and writes these tables: no tenant's role has a grant or a policy.
ALTER TABLE publication ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE publication FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY system ON publication TO CURRENT_USER USING (true) WITH CHECK (true);
