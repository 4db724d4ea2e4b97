-- The second wall behind the filter in each store function: what runs for a tenant runs as this role, which sees that tenant's rows.
-- Roles belong to the whole cluster, so another database of ours may have made it already, perhaps at this very moment.
DO $$ BEGIN
  CREATE ROLE berth_tenant NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
--> statement-breakpoint
GRANT berth_tenant TO CURRENT_USER;
--> statement-breakpoint
-- Never empty while a tenant is served: an unset or empty one matches nothing, since no id is null.
CREATE FUNCTION berth_tenant_id() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('berth.tenant', true), '')::uuid $$;
--> statement-breakpoint
DO $$
DECLARE
  owned text;
BEGIN
  FOREACH owned IN ARRAY ARRAY['token', 'client_certificate', 'container', 'exec', 'placement_group', 'network', 'volume', 'image_grant', 'image_reference'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %I TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id())', owned);
    EXECUTE format('CREATE POLICY system ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', owned);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO berth_tenant', owned);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON tenant FOR ALL TO berth_tenant USING (id = berth_tenant_id());
--> statement-breakpoint
CREATE POLICY system ON tenant TO CURRENT_USER USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT, DELETE ON tenant TO berth_tenant;
--> statement-breakpoint
ALTER TABLE network_realization ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE network_realization FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON network_realization FOR SELECT TO berth_tenant
  USING (EXISTS (SELECT FROM network WHERE network.id = network_id AND network.tenant_id = berth_tenant_id()));
--> statement-breakpoint
CREATE POLICY system ON network_realization TO CURRENT_USER USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT ON network_realization TO berth_tenant;
--> statement-breakpoint
ALTER TABLE image ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE image FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON image FOR SELECT TO berth_tenant
  USING (EXISTS (SELECT FROM image_grant WHERE image_grant.image_id = image.id AND image_grant.tenant_id = berth_tenant_id()));
--> statement-breakpoint
CREATE POLICY system ON image TO CURRENT_USER USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT ON image TO berth_tenant;
